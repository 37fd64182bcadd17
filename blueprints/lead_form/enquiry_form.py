"""The form that strangers fill in, as a school has set it up; and what a page of ours carries along beside the fields."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import request
from wtforms import BooleanField, EmailField, Field, StringField, TelField, TextAreaField

from app.domain.leads.asking import EMAIL, FIELDS, NAME, PHONE, Ask, Asked, FormView
from app.domain.leads.bots import FRAME, FROM, REF, UTM, VIA
from app.domain.leads.campaign import clean, utm_of, visible
from app.domain.leads.intake import Words
from app.domain.phones import NotAPhoneNumber, e164
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.day_field import DayField
from app.web.forms import Form, an_address, at_most, one_line, required, says, strip

TOO_LONG = N_("Too long: at most %(limit)s characters")
MISSING = {
    NAME: N_("Enter your name"),
    EMAIL: N_("Enter your email address"),
    PHONE: N_("Enter your phone number"),
    "child_name": N_("Enter the name of the child"),
    "child_grade": N_("Enter the grade that the child would join"),
    "child_birth_date": N_("Enter the date of birth of the child"),
    "message": N_("Write your message"),
}
EITHER = N_("Enter an email address or a phone number, so that the school can answer you")
AGREE = N_("Tick this, so that the school may keep your enquiry and answer it")
OLDEST = dt.timedelta(days=366 * 25)
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")
_KINDS = {"email": EmailField, "tel": TelField, "textarea": TextAreaField, "text": StringField}


class EnquiryForm(Form):
    """The fields of one school's form. It has no token of the session: it carries one of its own (`app.domain.leads.entry`)."""

    view: FormView
    consent: BooleanField

    def __init__(self, view: FormView) -> None:
        self.view = view
        super().__init__(meta={"csrf": False})
        self.consent.label.text = view.wording["consent"]  # the school's own words

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Whether it can be taken: each field, and one way to answer."""
        is_good: bool = super().validate(extra_validators)
        reach = [self[name] for name in (EMAIL, PHONE) if name in self]
        if self.view.needs_either and not any(field.data for field in reach) and not any(field.errors for field in reach):
            reach[0].errors = [speech().gettext(EITHER)]
            return False
        return is_good

    @property
    def asked(self) -> list[Field]:
        """The fields that the school asks for, in their order."""
        return [self[asked.name] for asked, _ in self.view.fields]

    @property
    def words(self) -> Words:
        """What a valid form says."""
        said = {name: self[name].data if name in self else None for name in FIELDS}
        return Words(
            said[NAME] or "", said[EMAIL] or None, said[PHONE] or None, said["child_name"] or "", said["child_grade"] or "",
            said["child_birth_date"], said["message"] or "",
        )  # fmt: skip


def enquiry_form(view: FormView) -> EnquiryForm:
    """The form of a school, filled with what was sent."""
    return _form_class(tuple(view.fields))(view)


@lru_cache(maxsize=256)
def _form_class(fields: tuple[tuple[Asked, Ask], ...]) -> type[EnquiryForm]:
    """The class for what a school asks: one for all schools that ask the same."""
    made: dict[str, Any] = {asked.name: _field(asked, ask) for asked, ask in fields}
    made["consent"] = BooleanField("", [required(AGREE)])
    return type("SchoolEnquiryForm", (EnquiryForm,), made)


def carried(view: FormView) -> dict[str, str]:
    """What a page hands on from its address, or from the form that it draws again: cleaned, and bounded.

    A page of the school's website is kept for everybody, so its form names no campaign: that stands in the address of the page.
    """
    given: Mapping[str, str] = request.form if request.method == "POST" else request.args
    return {
        FRAME: "1" if given.get(FRAME) else "",
        VIA: "site" if given.get(VIA) == "site" else "",
        FROM: came_from(given, view),
        REF: clean(given.get(REF, ""), 20),
        **utm_of(given if any(name in given for name in UTM) else asked_of_page(view)),
    }


def came_from(given: Mapping[str, str], view: FormView) -> str:
    """The host of the page on which the form stands: what an earlier page of ours noted, else what the browser says.

    '' for our own site, and for what is no host.
    """
    noted = given.get(FROM, "")
    if noted and HOST.fullmatch(noted):
        return noted
    said = request.headers.get("Origin", "") if request.method == "POST" else request.headers.get("Referer", "")
    try:
        host = urlsplit(said).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
    return host if host != request.host and HOST.fullmatch(host) else ""


def asked_of_page(view: FormView) -> dict[str, str]:
    """What stands behind the ? of the page from which somebody comes; nothing unless it is one of this school on our site."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
        is_ours = f"{page.scheme}://{page.netloc}" in our_origins() and page.path.startswith(f"/s/{view.slug}/")
        return dict(parse_qsl(page.query, max_num_fields=50)) if is_ours else {}
    except ValueError:  # no address, or far too much behind its ?
        return {}


def our_origins() -> set[str]:
    """The origins that this site has itself."""
    return {request.host_url.rstrip("/"), current_settings().public_url}


def _field(asked: Asked, ask: Ask) -> Any:
    checks: list[Any] = [required(MISSING[asked.name])] if ask is Ask.REQUIRED else []
    if asked.kind == "date":
        missing = MISSING[asked.name] if ask is Ask.REQUIRED else ""
        return DayField(asked.label, missing=missing, validators=[a_birth_date])
    if asked.name == EMAIL:
        checks.append(an_address)
    if asked.name == PHONE:
        checks.append(a_number)
    filters = [_visible, strip if asked.kind == "textarea" else one_line]
    return _KINDS[asked.kind](asked.label, [at_most(asked.longest, TOO_LONG), *checks], filters=filters)


def a_number(_: Form, field: Field) -> None:
    """A phone number, if one was given, which becomes what the database keeps."""
    if field.data:
        try:
            field.data = e164(field.data)
        except NotAPhoneNumber:
            raise says(N_("Enter a phone number like 082 555 0101, or with its country like +27 82 555 0101")) from None


def a_birth_date(form: EnquiryForm, field: Field) -> None:
    """A day on which a child may have been born."""
    if field.data and not form.view.today - OLDEST < field.data <= form.view.today:
        raise says(N_("Enter the date of birth of a child"))


def _visible(text: object) -> object:
    return visible(text) if isinstance(text, str) else text
