"""The addresses of: invitations: giving people of a school a way to an account of their own."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("invitations", __name__, template_folder="templates")
