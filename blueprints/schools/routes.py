"""The addresses of: the schools of the platform: the list, and an operator's pages about each."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("schools", __name__, template_folder="templates")
