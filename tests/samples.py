"""What stands in an address: a sample for each argument of the URL map, so that sweeps reach every page and none is left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.access.gate import access_of
from app.access.permissions import permissions_of
from app.config import Settings
from app.delivery.dead_letters import key_of
from app.delivery.lead_leaving import token_of
from app.delivery.review_link import token_of as review_token
from app.delivery.unsubscribing import unsubscribe_link
from app.domain.reasons import UNKNOWN
from app.ids import uuid7
from app.local import letters
from tests.access.sweeping import (
    BILL,
    BOOKING,
    DRAFT,
    PLAN,
    QUESTION,
    RECOVERY,
    RUN,
    WEBHOOK,
    WEBHOOK_SECRET,
    a_brought_archive,
    a_class,
    a_guardianship,
    a_logo,
    a_passkey,
    a_payment,
    a_report,
    a_session,
    a_token,
    add_account,
    add_recovery,
    add_runs,
    add_webhooks,
    an_archive,
    an_event,
    an_export,
    an_import,
    an_invoice,
)
from tests.cast import Cast, Someone, add_person
from tests.classes.arranged import THINGS as OF_CLASSES
from tests.emergency.arranged import an_emergency
from tests.follow_ups.arranged import THINGS as OF_FOLLOW_UPS
from tests.leads.arranged import a_lead
from tests.notices.arranged import TRILINGUAL, add_notice
from tests.notices.sent import add_sent_message
from tests.personal_data.arranged import THINGS as OF_PERSONAL_DATA
from tests.promotion.arranged import THINGS as OF_PROMOTION
from tests.public_site.arranged import a_website
from tests.referrals.arranged import THINGS as OF_REFERRALS
from tests.site.arranged import THINGS as OF_SITE

MAIL = b"Subject: Sports day\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBring water and a hat.\r\n"
RESET_TOKEN = "a-link-of-the-tests"
Samples = dict[str, str]


@pytest.fixture
def sample_ids(sql: psycopg.Connection[Any], cast: Cast, settings: Settings) -> Iterator[Samples]:
    """Argument to value, of things that belong to Thaba Nkulu; with notices to fill its lists."""
    sql.execute(
        "INSERT INTO password_link (id, user_id, token_hash, expires_at) VALUES (%s, %s, %s, now() + interval '1 hour')",
        (uuid7(), cast.thaba.admin.user_id, hashlib.sha256(RESET_TOKEN.encode()).digest()),
    )
    add_runs(sql)
    add_recovery(sql)
    add_webhooks(sql)
    add_account(sql)
    newcomer = add_person(sql, cast.thaba.id, "Lindiwe Nkosi", "guardian", "lindiwe@example.org")
    sql.execute(  # the same token opens its page: a link's kind is part of its address
        "INSERT INTO invitation (school_id, id, person_id, role, email, token_hash, invited_by, expires_at)"
        " VALUES (%s, %s, %s, 'guardian', 'lindiwe@example.org', %s, 'Nomvula Khumalo', now() + interval '1 day')",
        (cast.thaba.id, uuid7(), newcomer, hashlib.sha256(RESET_TOKEN.encode()).digest()),
    )
    sent = add_sent_message(sql, cast.thaba, sent=2, dead=3)
    notice = add_notice(sql, cast.thaba, TRILINGUAL, "Bring water and a hat.\nWe start at eight.", message_id=sent)
    add_notice(sql, cast.thaba, "The water is off until two", urgent=True)
    mail = letters.keep(settings.home / letters.FOLDER, sender="umthi@localhost", to=[cast.thaba.admin.email], content=MAIL)
    (delivery, person) = (
        sql.execute("SELECT id, person_id FROM delivery WHERE state = 'dead' ORDER BY id LIMIT 1").fetchone() or ()
    )
    ours = {"delivery_id": str(delivery), "person_id": str(person), "reason": key_of(UNKNOWN)}
    link = unsubscribe_link(settings, cast.thaba.id, cast.thaba.guardian.person_id).rpartition("/")[2]
    of_promotion = {name: make(sql, cast.thaba) for name, make in OF_PROMOTION.items()}
    lead = a_lead(sql, cast.thaba)
    yield {
        "token": RESET_TOKEN,
        "notice_id": str(notice),
        **an_emergency(sql, cast.thaba, settings),
        "key": mail.stem,
        "link": link,
        "dataset": "deliveries",
        "ending": "csv",
        "channel": "sms",
        "school_id": "1",
        "user_id": str(cast.operator.user_id),
        "login_id": str(a_session(sql, cast.thaba)),
        "logo_id": str(a_logo(sql, cast.thaba)),
        "token_id": str(a_token(sql, cast.thaba)),
        "run_id": str(RUN),
        "draft_id": str(DRAFT),
        "recovery_id": str(RECOVERY),
        "webhook_id": str(WEBHOOK),
        "plan_id": str(PLAN),
        "bill_id": str(BILL),
        "booking_id": str(BOOKING),
        "question_id": str(QUESTION),
        "deed": "void",
        "secret_id": str(WEBHOOK_SECRET),
        "passkey_id": str(a_passkey(sql, cast.thaba)),
        "archive_id": str(an_archive(sql, cast.thaba)),
        "brought_id": str(a_brought_archive(sql, cast.thaba)),
        "annex": "audit",
        "report_id": str(a_report(sql, cast.thaba)),
        "export_id": str(an_export(sql, cast.thaba)),
        "event_id": str(an_event(sql, cast.thaba)),
        "import_id": str(an_import(sql, cast.thaba)),
        "learner_id": str(cast.thaba.student.person_id),
        "class_id": str(a_class(sql, cast.thaba)),
        "invoice_id": str(an_invoice(sql, cast.thaba)),
        "payment_id": str(a_payment(sql, cast.thaba)),
        "year": "2026",
        "purpose": "photo",
        **{name: str(make(sql, cast.thaba)) for name, make in OF_PERSONAL_DATA.items()},
        **{name: str(make(sql, cast.thaba)) for name, make in OF_CLASSES.items()},
        **{name: str(make(sql, cast.thaba)) for name, make in OF_FOLLOW_UPS.items()},
        **{name: str(make(sql, cast.thaba)) for name, make in OF_REFERRALS.items()},
        "guardianship_id": str(a_guardianship(sql, cast.thaba)),
        **{name: str(made) for name, made in of_promotion.items()},
        "review_token": review_token(settings, cast.thaba.id, of_promotion["review_id"]),
        "lead_id": str(lead),
        "lead_link": token_of(settings, cast.thaba.id, lead),
        "slug": a_website(sql, cast.thaba),
        **{name: str(make(sql, cast.thaba)) for name, make in OF_SITE.items()},
        "page_key": "about",
        "block_key": "a",
        "number": "1",
        "language": "zu",
        "page": "about",
        "rest": "no/where",
        "width": "320",
        "colours": "fynbos-8a3b12-0",
    } | ours
    mail.unlink()


def pages_of(app: Flask, samples: Samples) -> dict[str, str]:
    """Endpoint to address, of everything that can be asked for with GET; an argument without a sample is an error."""
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            if missing := rule.arguments - samples.keys():
                raise LookupError(f"{rule.rule}: no sample for {sorted(missing)}; add one to tests/samples.py")
            found[rule.endpoint] = address_of(app, rule, samples)
    return dict(sorted(found.items()))


def address_of(app: Flask, rule: Rule, samples: Samples) -> str:
    """The address of a rule, its arguments filled from the samples."""
    values = {name: samples[name] for name in rule.arguments}
    built = app.url_map.bind("localhost").build(rule.endpoint, values, method="GET")
    return str(built)


def lacks_right(app: Flask, person: Someone, endpoint: str) -> bool:
    """Whether a page is for people who may more."""
    needed = access_of(app, endpoint).permission
    return needed is not None and needed not in permissions_of(person.role, person.platform_role)
