"""The notices list as Flask applications are usually written, to be compared with: the same page, byte for byte.

Entities with a joined relation, `paginate` with count and offset, Flask-Login's user_loader, flask_babel's gettext and filters,
`url_for` and a badge macro in each row. It runs without row-level security, which would cost it another round trip. Its templates
are the product's own, rewritten at the start into the usual calls (`usual_templates`), so that they cannot fall behind.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, redirect, render_template, session
from flask_babel import Babel, format_number, get_locale, lazy_gettext
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from jinja2 import DictLoader
from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, and_, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, joinedload, mapped_column, relationship

from app.access.permissions import permissions_of
from app.domain.notices import STATES as FILTERS
from app.i18n.catalogue import po_file
from app.i18n.languages import LANGUAGES
from app.tenancy.scope import Scope, inside
from app.web import icons
from app.web.assets import asset
from app.web.badges import STATES, WORDS
from app.web.filters import asked
from app.web.navigation import GROUPS
from bench.calls import Application
from bench.usual_templates import sources

db = SQLAlchemy()
EVERYTHING = Scope(None, "the usual way has no walls")


class School(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    timezone: Mapped[str]
    language: Mapped[str]
    money: Mapped[str]
    currency: Mapped[str]


class User(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "app_user"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    language: Mapped[str | None]
    theme: Mapped[str]
    mode: Mapped[str]
    disabled_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    memberships: Mapped[list[Membership]] = relationship()


class Membership(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "membership"
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    role: Mapped[str]
    ended_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    school: Mapped[School] = relationship()


class Person(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "person"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class ClassGroup(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "class_group"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Delivery(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "delivery"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID]
    state: Mapped[str]


class Notice(db.Model):  # type: ignore[name-defined,misc]
    __tablename__ = "notice"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "author_id"], ["person.school_id", "person.id"]),
        ForeignKeyConstraint(["school_id", "class_id"], ["class_group.school_id", "class_group.id"]),
    )
    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    title: Mapped[dict[str, str]] = mapped_column(JSONB)
    audience: Mapped[str]
    urgent: Mapped[bool]
    starts_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    removed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    author: Mapped[Person] = relationship()
    group: Mapped[ClassGroup | None] = relationship(viewonly=True)

    @property
    def state(self) -> str:
        now = dt.datetime.now(dt.UTC)
        if self.removed_at:
            return "removed"
        if self.starts_at > now:
            return "coming"
        return "past" if self.ends_at and self.ends_at <= now else "active"

    @property
    def written_in(self) -> str:
        order = (get_locale().language, g.membership.school.language, *LANGUAGES)
        return next(code for code in order if code in self.title)


Notice.failures = column_property(
    select(func.count())
    .where(and_(Delivery.message_id == Notice.message_id, Delivery.school_id == Notice.school_id, Delivery.state == "dead"))
    .correlate_except(Delivery)
    .scalar_subquery()
)


class Account(UserMixin):
    """The user of Flask-Login, around the entity."""

    def __init__(self, user: User) -> None:
        self.user, self.id = user, str(user.id)

    def __getattr__(self, name: str) -> object:
        return getattr(self.user, name)

    @property
    def initials(self) -> str:
        names = self.user.name.split()
        return (names[0][0] + names[-1][0]).upper()


def compiled_catalogues() -> Path:
    """The catalogues as files that Flask-Babel reads; the product compiles them in memory."""
    folder = Path(tempfile.mkdtemp(prefix="umthi-usual-"))
    for language in LANGUAGES:
        if po_file(language).exists():
            (folder / language / "LC_MESSAGES").mkdir(parents=True)
            with po_file(language).open("rb") as source, (folder / language / "LC_MESSAGES/messages.mo").open("wb") as target:
                write_mo(target, read_po(source, locale=language))
    return folder


def create_usual(url: str, product: Flask, closing: ExitStack) -> Application:
    """The application as a WSGI callable; its one page is at the same address, and `POST /in/<user>` signs somebody in.

    Its connections are closed with `closing`.
    """
    app = Flask("usual")
    app.config.update(SECRET_KEY="usual", SQLALCHEMY_DATABASE_URI=url, BANNER=product.extensions["pages"].banner)
    app.jinja_options = {"loader": DictLoader(sources()), "trim_blocks": True, "lstrip_blocks": True}
    db.init_app(app)
    with app.app_context():
        closing.callback(db.engine.dispose)
    logins = LoginManager(app)
    CSRFProtect(app)
    Babel(
        app,
        default_translation_directories=str(compiled_catalogues()),
        locale_selector=lambda: LANGUAGES[current_user.language or g.membership.school.language].cldr,
        timezone_selector=lambda: g.membership.school.timezone,
    )
    entries = product.extensions["pages"].navigation.entries
    states = {key: (tone, lazy_gettext(word)) for key, (tone, word) in STATES.items()}
    words = {key: lazy_gettext(word) for key, word in WORDS.items()}
    app.jinja_env.filters |= {"numberformat": format_number, "icon": icons.icon, "tone": lambda state: STATES[state][0]}
    app.jinja_env.globals |= {
        "icon": cache(icons.icon.__wrapped__), "asset": asset, "entries": entries, "GROUPS": GROUPS, "STATES": states,
        "WORDS": words, "get_locale": get_locale,
    }  # fmt: skip

    @logins.user_loader
    def load(key: str) -> Account | None:
        user = db.session.get(User, UUID(key))
        return Account(user) if user and not user.disabled_at else None

    @app.before_request
    def membership() -> None:
        if current_user.is_authenticated:
            g.membership = db.session.execute(
                db.select(Membership)
                .where(Membership.user_id == current_user.user.id, Membership.school_id == session["school"])
                .where(Membership.ended_at.is_(None))
                .options(joinedload(Membership.school))
            ).scalar_one()
            g.zone = ZoneInfo(g.membership.school.timezone)

    @app.context_processor
    def context() -> dict[str, Any]:
        rights = permissions_of(g.membership.role, None)
        return {"membership": g.membership, "school": g.membership.school, "can": lambda right: right in rights}

    @app.post("/in/<uuid:user>/<int:school>", endpoint="in")
    def sign_in(user: UUID, school: int) -> object:
        login_user(Account(db.session.get(User, user)))  # type: ignore[arg-type]
        session["school"] = school
        return redirect("/schedule-notices/")

    app.extensions["csrf"].exempt(app.view_functions["in"])

    @login_required
    def list_notices() -> str:
        page = db.paginate(
            db.select(Notice)
            .where(Notice.school_id == g.membership.school_id)
            .options(joinedload(Notice.author), joinedload(Notice.group))
            .order_by(Notice.starts_at.desc(), Notice.id.desc()),
            per_page=50,
        )
        older = str(page.next_num) if page.has_next else None
        return render_template(
            "notices/list.html", page=SimpleNamespace(rows=page.items, older=older), asked=asked(state=FILTERS)
        )

    for rule in product.url_map.iter_rules():
        view = list_notices if rule.endpoint == "notices.list_notices" else lambda **_: ""
        app.add_url_rule(rule.rule, rule.endpoint, app.view_functions.get(rule.endpoint) or view, methods=rule.methods)

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        with inside(EVERYTHING):
            return app.wsgi_app(environ, start_response)

    return application
