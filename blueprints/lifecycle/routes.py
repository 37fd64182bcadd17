"""The addresses of: suspending a school and bringing it back."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("lifecycle", __name__, template_folder="templates")
