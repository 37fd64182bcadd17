"""The addresses of: those who run the platform."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("staff", __name__, template_folder="templates")
