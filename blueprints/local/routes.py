"""The addresses of the local mailbox. Strangers may open it: it is on one's own machine, and what it shows is demo data."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from app.access.gate import public
from app.extensions import current_settings
from app.web.page import render
from blueprints.local import queries
from blueprints.local.schemas import MailSchema

pages = Blueprint("local", __name__, url_prefix="/local", template_folder="templates")
WHY = "shows the mail of a demo on one's own machine; does not exist in production"


@pages.get("/mail")
@public(WHY)
def list_mail() -> str:
    to = request.args.get("q", "").strip()[:200]
    page = queries.mails(current_settings().home, to=to, after=request.args.get("after", ""))
    return render("local/list.html", page=page, to=to)


@pages.get("/mail/<key>")
@public(WHY)
def show_mail(key: str) -> str:
    mail = queries.mail(current_settings().home, key)
    if mail is None:
        abort(404)
    return render("local/show.html", mail=mail)


@pages.get("/mail.json")
@public(WHY)
def mail_json() -> ResponseReturnValue:
    mails = queries.every_mail(current_settings().home, to=request.args.get("to", ""))
    return jsonify(MailSchema(many=True).dump(mails))
