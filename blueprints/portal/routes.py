"""The addresses of the portal."""

from __future__ import annotations

from flask import Blueprint

from app.access.gate import signed_in
from app.web.page import render

pages = Blueprint("portal", __name__, template_folder="templates")


@pages.get("/dashboard/")
@signed_in
def dashboard() -> str:
    return render("portal/dashboard.html")


@pages.get("/portal/select-school/")
@signed_in
def select_school() -> str:
    return render("portal/dashboard.html")
