"""The addresses of: making a school: the form, its review, and the run that makes it."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("onboarding", __name__, template_folder="templates")
