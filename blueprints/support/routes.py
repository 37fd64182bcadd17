"""The addresses of: support visits: an operator in a school, with a reason and an end."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("support", __name__, template_folder="templates")
