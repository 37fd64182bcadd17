"""The addresses of the portal."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import public, signed_in
from app.access.permissions import Permission
from app.access.who import asking
from app.area import Area
from app.tenancy.reading import one_reading
from app.web.page import render
from app.web.panels import draw

pages = Blueprint("portal", __name__, template_folder="templates")


@pages.get("/")
@public("the bare address leads to the dashboard, which asks who comes")
def front() -> Response:
    return redirect(url_for(".dashboard"))


@pages.get("/dashboard/")
@signed_in
def dashboard() -> str | Response:
    person = asking()
    if person.role:
        areas: tuple[Area, ...] = current_app.extensions["areas"]
        panels = sorted((panel for area in areas for panel in area.panels), key=lambda panel: (not panel.first, not panel.wide))
        with one_reading():
            drawn = draw(panels, person)
        return render("portal/dashboard.html", panels=drawn)
    if Permission.PLATFORM_OPERATE in person.permissions:
        return redirect(url_for("operator.console"))
    return render("portal/no_membership.html")
