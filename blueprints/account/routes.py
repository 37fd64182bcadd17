"""The addresses of the account."""

from __future__ import annotations

from flask import Blueprint

from app.access.gate import public, signed_in
from app.web.page import render

pages = Blueprint("account", __name__, template_folder="templates")


@pages.get("/login")
@public("the door itself")
def sign_in() -> str:
    return render("account/sign_in.html")


@pages.post("/logout")
@signed_in
def sign_out() -> str:
    return ""


@pages.get("/settings/language")
@signed_in
def language() -> str:
    return ""


@pages.get("/settings/password")
@signed_in
def change_password() -> str:
    return ""
