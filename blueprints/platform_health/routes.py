"""The addresses of: the health of the platform, and what schools send by month."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("platform_health", __name__, template_folder="templates")
