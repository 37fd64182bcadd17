"""The addresses of: failed deliveries of all schools, and what an operator does about them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("recovery", __name__, template_folder="templates")
