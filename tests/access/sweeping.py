"""The sweep: every rule of the URL map × method × role × (own, foreign, never-existing id), against what the routes declare."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
from flask import Flask
from werkzeug.routing import Rule

from app.access.gate import Access, access_of
from app.access.permissions import permissions_of
from app.ids import uuid7
from tests.api.arranged import add_token
from tests.cast import Cast, SchoolCast, Someone
from tests.classes.arranged import THINGS as OF_CLASSES
from tests.conftest import Browser
from tests.emergency.arranged import add_emergency
from tests.follow_ups.arranged import THINGS as OF_FOLLOW_UPS
from tests.leads.arranged import a_lead
from tests.pages import Page
from tests.personal_data.arranged import THINGS as OF_PERSONAL_DATA
from tests.promotion.arranged import THINGS as OF_PROMOTION
from tests.referrals.arranged import THINGS as OF_REFERRALS
from tests.site.arranged import OTHERS as OTHERS_OF_SITE
from tests.site.arranged import THINGS as OF_SITE
from tests.site.arranged import add_site

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
NEVER = UUID("01890000-0000-7000-8000-000000000000")
RUN, DRAFT = UUID("01890000-0000-7000-8000-00000000000a"), UUID("01890000-0000-7000-8000-00000000000b")
RECOVERY = UUID("01890000-0000-7000-8000-00000000000c")
WEBHOOK, WEBHOOK_SECRET = UUID("01890000-0000-7000-8000-00000000000d"), UUID("01890000-0000-7000-8000-00000000000e")
PLAN, BILL = UUID("01890000-0000-7000-8000-000000000011"), UUID("01890000-0000-7000-8000-000000000012")
BOOKING, QUESTION = UUID("01890000-0000-7000-8000-000000000013"), UUID("01890000-0000-7000-8000-000000000014")
#: whose it is, and what the tokens of their pages are made from
Secret = tuple[str, tuple[str, ...]]
#: who manages everything of a school, and so finds every thing of it
MANAGERS = ("owner", "admin")


def a_notice(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A notice for everyone that is active now and has been sent."""
    notice, message = uuid7(), uuid7()
    sql.execute(
        "INSERT INTO message (school_id, id, audience, urgent, url) VALUES (%s, %s, 'everyone', false, '/schedule-notices/')",
        (school.id, message),
    )
    sql.execute(
        "INSERT INTO notice (school_id, id, title, message, audience, urgent, starts_at, author_id, revision, message_id)"
        ' SELECT %(s)s, %(id)s, \'{"en": "A day"}\', \'{"en": "It is today."}\', \'everyone\', false,'
        " now() - interval '1 hour', person_id, 1, %(message)s FROM membership WHERE school_id = %(s)s AND role = 'admin' LIMIT 1",
        {"s": school.id, "id": notice, "message": message},
    )
    return notice


def a_device(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A device of the school's admin."""
    made = uuid7()
    sql.execute(
        "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)"
        " VALUES (%s, %s, %s, %s, 'p', 'a', 'k', 'Chrome/Android')",
        (school.id, made, school.admin.person_id, f"https://fcm.googleapis.com/fcm/send/{made}"),
    )
    return made


def a_delivery(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A failed delivery to the school's guardian."""
    message, batch, made = uuid7(), uuid7(), uuid7()
    sql.execute(
        "INSERT INTO message (school_id, id, audience, urgent, url) VALUES (%s, %s, 'everyone', false, '/schedule-notices/')",
        (school.id, message),
    )
    sql.execute("INSERT INTO outbox (school_id, id, job, done_at) VALUES (%s, %s, 'delivery.send', now())", (school.id, batch))
    sql.execute(
        "INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, ended_at)"
        " VALUES (%s, %s, %s, %s, 'email', %s, 'dead', now())",
        (school.id, made, message, school.guardian.person_id, batch),
    )
    return made


def a_person(_: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """The school's guardian."""
    assert school.guardian.person_id
    return school.guardian.person_id


def a_learner(_: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """The school's student."""
    assert school.student.person_id
    return school.student.person_id


def a_guardianship(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """The school's guardian and its student; the tie that stands, where there is one."""
    pair = (school.id, school.guardian.person_id, school.student.person_id)
    sql.execute(
        "INSERT INTO guardianship (school_id, id, guardian_id, learner_id) VALUES (%s, uuid7(), %s, %s) ON CONFLICT DO NOTHING",
        pair,
    )
    (made,) = sql.execute(
        "SELECT id FROM guardianship WHERE (school_id, guardian_id, learner_id) = (%s, %s, %s)", pair
    ).fetchone()
    return UUID(str(made))


def a_class(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A class that goes on, without learners."""
    made = uuid7()
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (%s, %s, 'Grade 3A', %s, 2026)",
        (school.id, made, str(made)),
    )
    return made


def a_report_of_absence(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """An absence that the school's guardian has reported, and that waits for a decision."""
    made = uuid7()
    sql.execute(
        "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason)"
        " VALUES (%s, %s, %s, %s, current_date, current_date, 'b')",
        (school.id, made, school.student.person_id, school.guardian.person_id),
    )
    return made


def an_absence_alert(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A message about an absence that waits."""
    register, made = uuid7(), uuid7()
    sql.execute(
        "INSERT INTO register (school_id, id, class_id, on_date, saved_name) VALUES (%s, %s, %s, current_date, 'Somebody')",
        (school.id, register, a_class(sql, school)),
    )
    sql.execute(
        "INSERT INTO absence_alert (school_id, id, learner_id, register_id, on_date, due_at)"
        " VALUES (%s, %s, %s, %s, current_date, now() + interval '9 minutes')",
        (school.id, made, school.student.person_id, register),
    )
    return made


def a_progress(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A job that the school's admin waits for, so that their pages have a status bar."""
    progress = uuid7()
    sql.execute(
        "INSERT INTO progress (school_id, id, person_id, kind, subject, label, url, total, done)"
        " VALUES (%s, %s, %s, 'send', %s, 'A day', '/schedule-notices/', 10, 3)",
        (school.id, progress, school.admin.person_id, uuid7()),
    )
    return progress


def a_visit(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A support visit that is going on, by a session that nobody has."""
    made = uuid7()
    sql.execute(
        "INSERT INTO support_visit (school_id, id, user_id, session_id, operator, reason, expires_at)"
        " SELECT %s, %s, id, %s, name, 'Somebody asked for it', now() + interval '20 minutes' FROM app_user"
        " WHERE platform_role = 'operator' LIMIT 1",
        (school.id, made, uuid7()),
    )
    return made


def an_import(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A roster of one row that was checked."""
    made = uuid7()
    sql.execute(
        "INSERT INTO roster_import (school_id, id, file_name, size, sha256, format, header, mapping, options, state, by_name, total)"
        " VALUES (%s, %s, 'roster.csv', 9, 'x', 'csv', '[\"number\"]', '{}', '{\"header_row\": 1}', 'checked', 'Naledi', 1)",
        (school.id, made),
    )
    sql.execute("INSERT INTO roster_row (school_id, import_id, number, cells) VALUES (%s, %s, 2, '[\"1\"]')", (school.id, made))
    return made


def an_archive(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """An archive of everything that is done; its file is gone."""
    made = uuid7()
    sql.execute(
        "INSERT INTO archive (school_id, id, state, by_name, language, size, sha256, tables, ended_at, expires_at)"
        " VALUES (%s, %s, 'done', 'Naledi', 'en', 4096, 'ab', %s, now(), now() + interval '7 days')",
        (school.id, made, '[{"name": "person", "kind": "carried", "rows": 7, "sha256": "cd"}]'),
    )
    return made


def a_brought_archive(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """An archive that was brought into the school, with one annex, whose file is gone."""
    made = uuid7()
    sql.execute(
        "INSERT INTO archive_import (school_id, id, state, by_id, by_name, file_name, size, sha256, from_school, made_at, tables,"
        " annexes, accounts, ended_at) SELECT %s, %s, 'done', id, name, 'school.zip', 4096, 'ab', 'Zamani Primary', now(), %s, %s,"
        " '{\"all\": 3, \"new\": 1}', now() FROM app_user WHERE platform_role = 'operator' LIMIT 1",
        (
            school.id, made, '[{"name": "person", "rows": 7, "sha256": "cd"}]',
            '[{"name": "audit", "rows": 3, "sha256": "ef", "size": 9, "seals": true, "said": []}]',
        ),
    )  # fmt: skip
    return made


def a_report(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A report on attendance of the school's admin that has nothing to show."""
    made = uuid7()
    sql.execute(
        "INSERT INTO report (school_id, id, kind, name, choice, state, rows, by_id, by_name)"
        " VALUES (%s, %s, 'attendance', '', %s, 'done', '[[0, 0, 0, 0, 0, 0, 0, 5, 0]]', %s, 'Naledi')",
        (
            school.id, made, '{"group": "class", "period": "own", "since": "2026-03-02", "until": "2026-03-06", "classes": [],'
            ' "registers": "daily", "scope": {"since": "2026-03-02", "until": "2026-03-06", "timezone": "Africa/Johannesburg",'
            ' "classes": null, "names": [], "through": "2026-03-06"}}', school.admin.person_id,
        ),
    )  # fmt: skip
    return made


def an_export(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """An export of deliveries that the school's admin asked for, and that waits."""
    made = uuid7()
    sql.execute(
        "INSERT INTO export (school_id, id, dataset, format, language, person_id, by_name)"
        " VALUES (%s, %s, 'deliveries', 'csv', 'en', %s, 'Naledi')",
        (school.id, made, school.admin.person_id),
    )
    return made


def a_session(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """Another device on which the school's admin is signed in."""
    made = uuid7()
    sql.execute(
        "INSERT INTO login_session (id, token_hash, user_id, data, device, expires_at)"
        " VALUES (%s, sha256(%s), %s, '{}', 'Mozilla/5.0 (Android 14; Mobile; rv:127.0) Firefox/127.0', now() + interval '1 day')",
        (made, made.bytes, school.admin.user_id),
    )
    return made


def a_passkey(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A passkey of the school's admin."""
    made = uuid7()
    sql.execute(
        "INSERT INTO passkey (id, user_id, credential_id, public_key, name) VALUES (%s, %s, 'x', 'x', 'Pixel 9')",
        (made, school.admin.user_id),
    )
    return made


def an_event(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """Something that was done in the school."""
    made = uuid7()
    sql.execute(
        "INSERT INTO audit_event (school_id, id, action, actor_kind, target_kind, changes)"
        " VALUES (%s, %s, 'notices.edit', 'job', 'notice', '{}')",
        (school.id, made),
    )
    return made


def a_token(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A token of the school's admin, whom nobody asks by."""
    return add_token(sql, school.admin)[1]


def an_invoice(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A draft of an invoice, of which only the address matters."""
    made = uuid7()
    sql.execute("INSERT INTO invoice (school_id, id) VALUES (%s, %s)", (school.id, made))
    return made


def a_payment(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A payment that is on its way, for nothing that is known."""
    made = uuid7()
    sql.execute(
        "INSERT INTO payment (school_id, id, provider, reference, state, amount, currency, happened_at)"
        " VALUES (%s, %s, 'eft', %s, 'pending', 1000, 'ZAR', now())",
        (school.id, made, str(made)),
    )
    return made


def a_logo(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """The school's logo, of which only the address matters."""
    made = uuid7()
    sql.execute(
        "INSERT INTO school_logo (school_id, id, image, width, height, alt) VALUES (%s, %s, 'x', 64, 64, 'A tree')",
        (school.id, made),
    )
    return made


#: how to make the thing that a rule's argument names; a new argument needs a line here, and the sweep says so
THINGS: dict[str, Callable[[psycopg.Connection[Any], SchoolCast], UUID]] = {
    "notice_id": a_notice,
    "emergency_id": add_emergency,
    "device_id": a_device,
    "delivery_id": a_delivery,
    "person_id": a_person,
    "learner_id": a_learner,
    "guardianship_id": a_guardianship,
    "class_id": a_class,
    **OF_CLASSES,
    "absence_id": a_report_of_absence,
    "alert_id": an_absence_alert,
    "progress_id": a_progress,
    "visit_id": a_visit,
    "import_id": an_import,
    "archive_id": an_archive,
    "brought_id": a_brought_archive,
    "report_id": a_report,
    "export_id": an_export,
    "event_id": an_event,
    "login_id": a_session,
    "logo_id": a_logo,
    **OF_PERSONAL_DATA,
    **OF_FOLLOW_UPS,
    **OF_PROMOTION,
    **OF_SITE,
    **OF_REFERRALS,
    "token_id": a_token,
    "invoice_id": an_invoice,
    "payment_id": a_payment,
    "lead_id": a_lead,
}
#: things that are the admin's own: for everybody else of the school they are not there, whatever they manage
OF_ONE = {"login_id"}
#: arguments that are no ids of a school's things: what stands in the address instead
OTHERS = {
    **OTHERS_OF_SITE,
    "purpose": "photo", "review_token": "x" * 48,
    "reason": "the-message-could-not-be-sent", "token": "x" * 43, "seal": "x" * 48, "key": "never", "link": "x" * 48,
    "lead_link": "x" * 48, "slug": "never", "language": "en", "page": "never", "rest": "no/where", "width": "320",
    "colours": "fynbos-0-0",
    "dataset": "deliveries", "year": "2026", "ending": "csv", "provider": "mail", "channel": "sms", "annex": "audit",
    "run_id": str(RUN), "draft_id": str(DRAFT), "school_id": "1", "invitation_id": str(NEVER), "user_id": str(NEVER),
    "plan_id": str(PLAN), "bill_id": str(BILL), "booking_id": str(BOOKING), "question_id": str(QUESTION), "misfit_id": str(NEVER),
    "deed": "void", "webhook_id": str(WEBHOOK), "secret_id": str(WEBHOOK_SECRET), "recovery_id": str(RECOVERY), "passkey_id": str(NEVER), "fallback_id": str(NEVER),
}  # fmt: skip


def add_recovery(sql: psycopg.Connection[Any]) -> None:
    """A deed on failed deliveries that goes on: RECOVERY."""
    sql.execute(
        "INSERT INTO recovery_run (id, deed, chosen, reason, words, until, started_by, started_name, total, schools, done)"
        " SELECT %s, 'retry', 'x', 'the-mailbox-is-full', 'The mailbox is full.', now(), id, name, 12, 3, 4 FROM app_user"
        " WHERE platform_role = 'operator' LIMIT 1",
        (RECOVERY,),
    )


def add_webhooks(sql: psycopg.Connection[Any]) -> None:
    """An event of a payment provider that failed, and the secret of one: WEBHOOK and WEBHOOK_SECRET."""
    body = b'{"id": "evt_1", "type": "payment.failed", "created": 1795154400, "data": {"payment": "pay_1", "note": "<b>"}}'
    sql.execute(
        "INSERT INTO webhook_event (id, provider, event_id, type, happened_at, body, sha256, object_id, customer, for_school,"
        " state, reason) VALUES (%s, 'simulator', 'evt_1', 'payment.failed', now(), %s, 'x', 'payment:pay_1', 'cus_1', 1,"
        " 'failed', 'bad_data')",
        (WEBHOOK, body),
    )
    sql.execute(
        "INSERT INTO webhook_secret (id, provider, sealed, fingerprint, created_by) VALUES (%s, 'simulator', 'x', 'x', 'Olive')",
        (WEBHOOK_SECRET,),
    )


def add_account(sql: psycopg.Connection[Any]) -> None:
    """What the first school is billed by: PLAN, and of its account a draft, an adjustment and a question about an invoice."""
    name = '{"en": "Standard", "af": "Standaard", "zu": "Okujwayelekile"}'
    sql.execute("INSERT INTO plan (id, code, name) VALUES (%s, 'swept', %s)", (PLAN, name))
    sql.execute(
        "INSERT INTO billing_account (school_id, id, name) VALUES (1, uuid7(), 'The school') ON CONFLICT (school_id) DO NOTHING"
    )
    sql.execute("INSERT INTO invoice (school_id, id) VALUES (1, %s)", (BILL,))
    sql.execute(
        "WITH made AS (INSERT INTO ledger_transaction (school_id, id, key, kind, reason) VALUES (1, %s, 'swept', 'adjustment',"
        " 'A gift') RETURNING school_id, id) INSERT INTO ledger_entry (school_id, id, transaction_id, book, amount, currency)"
        " SELECT school_id, uuid7(), id, book, amount, 'ZAR'"
        " FROM made, (VALUES ('reserve', -500), ('adjustment', 500)) v (book, amount)",
        (BOOKING,),
    )
    sql.execute(
        "INSERT INTO billing_escalation (school_id, id, invoice_id, note, by_name) VALUES (1, %s, %s, 'Why so much?', 'Thandi')",
        (QUESTION, BILL),
    )


def add_runs(sql: psycopg.Connection[Any]) -> None:
    """An onboarding that has stopped, and a draft of one: RUN and DRAFT."""
    for made, state in ((RUN, "failed"), (DRAFT, "draft")):
        sql.execute(
            "INSERT INTO onboarding_run (id, state, name, name_key, timezone, close_time, language, admin_name, admin_email,"
            " started_at, ended_at) VALUES (%s, %s, 'Zamani Secondary', 'zamanisecondary', 'Africa/Johannesburg', '17:00', 'en',"
            " 'Lindiwe Nkosi', 'lindiwe@zamani.example', now(), now())",
            (made, state),
        )
    sql.execute(
        "INSERT INTO onboarding_step (run_id, position, name, state, attempts, error, ended_at)"
        " VALUES (%s, 1, 'school', 'failed', 5, 'OperationalError', now())",
        (RUN,),
    )


@dataclass
class Sweep:
    """An application on a database with the cast, and the things of both schools."""

    app: Flask
    cast: Cast
    sql: psycopg.Connection[Any]

    def __post_init__(self) -> None:
        self._carried: dict[Secret, dict[str, str]] = {}
        add_runs(self.sql)
        add_recovery(self.sql)
        add_webhooks(self.sql)
        add_account(self.sql)
        add_site(self.sql, self.cast.thaba)
        self.own = {name: make(self.sql, self.cast.thaba) for name, make in THINGS.items()}
        self.foreign = {name: make(self.sql, self.cast.karoo) for name, make in THINGS.items()}

    def roles(self) -> dict[str, Someone | None]:
        """Whom the sweep sends, all of them from the first school."""
        people: dict[str, Someone | None] = {someone.role or "": someone for someone in self.cast.thaba.everyone()}
        return people | {
            "stranger": None, "nobody": self.cast.nobody, "operator": self.cast.operator, "superuser": self.cast.superuser,
        }  # fmt: skip

    def complaints(self, role: str, below: str = "/") -> list[str]:
        """What every route, or each whose rule begins with `below`, answered otherwise than it declares, for one role."""
        someone = self.roles()[role]
        browser = Browser(self.app).as_(someone) if someone else Browser(self.app)
        rules = [rule for rule in self.app.url_map.iter_rules() if rule.rule.startswith(below)]
        return [f"{role}: {complaint}" for rule in rules for complaint in self._of_rule(rule, browser)]

    def _of_rule(self, rule: Rule, browser: Browser) -> Iterator[str]:
        access, offered = access_of(self.app, rule.endpoint), _offered(self.app, rule.rule)
        may = _expected(access, browser.someone)
        if unknown := rule.arguments - THINGS.keys() - OTHERS.keys():
            yield f"{rule.rule}: the sweep knows no {', '.join(sorted(unknown))}: say in tests/access/sweeping.py how one is made"
            return
        by_id = bool(rule.arguments & THINGS.keys())
        ids = {"own": self.own, "foreign": self.foreign, "never": dict.fromkeys(THINGS, NEVER)} if by_id else {"": {}}
        for method in sorted((rule.methods or set()) & METHODS):
            bodies = {}
            for which, values in ids.items():
                path, where = _path(rule, values), f"{method} {_path(rule, values)} ({which or 'no id'})"
                answer = self._ask(browser, method, path)
                wanted = _wanted(method, access, may, which, browser.someone, of_one=bool(rule.arguments & OF_ONE))
                if answer.status_code not in wanted:
                    yield f"{where} answered {answer.status_code}, not {sorted(wanted)[:9]}"
                elif may == "stranger" and not answer.headers.get("Location", "").startswith("/login"):
                    yield f"{where} leads a stranger to {answer.headers.get('Location')}"
                if method == "POST":
                    answer = self._post(browser, path)
                    wanted = {404} if may == "allowed" and which in ("foreign", "never") else set(range(200, 500))
                    if answer.status_code not in wanted:
                        yield f"{where} with nothing filled in answered {answer.status_code}"
                bodies[which] = _without_tokens(answer.get_data(as_text=True), path)
            if by_id and bodies["foreign"] != bodies["never"]:
                yield f"{method} {rule.rule}: another school's is not answered like one that never was"
        for method in sorted(METHODS - offered):
            answer = self._ask(browser, method, path)
            if answer.status_code != 405:
                yield f"{method} {path} answered {answer.status_code}, not 405"

    def _ask(self, browser: Browser, method: str, path: str) -> Any:
        """One request without a token, by a person whose session is as it was at the beginning."""
        self._restore(browser)
        return browser.client.open(path, method=method)

    def _post(self, browser: Browser, path: str) -> Any:
        """The answer to an empty form with its token: one of a page, read again whenever the secret behind it is another."""
        self._restore(browser)
        if (secret := self._secret(browser)) not in self._carried:
            page = Page(browser.client.get("/settings/profile" if browser.someone else "/login"))
            carried = {name: value for name, value in page.form().items() if name in ("csrf_token", "_school")}
            self._carried = {self._secret(browser): carried}
            return browser.client.post(path, data=carried)
        return browser.client.post(path, data=self._carried[secret])

    def _secret(self, browser: Browser) -> Secret:
        """What the token of a page is made from: a person's is in their sessions, a stranger's in a cookie."""
        if browser.someone is None:
            visitor = browser.client.get_cookie("visitor")
            return "", (visitor.value if visitor else "",)
        found = self.sql.execute(
            "SELECT coalesce(data->>'csrf_token', '') FROM login_session WHERE user_id = %s ORDER BY id",
            (browser.someone.user_id,),
        ).fetchall()
        return browser.someone.email, tuple(row[0] for row in found)

    def _restore(self, browser: Browser) -> None:
        """Give a person their session back, whatever the request before did with it."""
        if someone := browser.someone:
            browser.client.set_cookie("session", someone.token)
            self.sql.execute(
                "UPDATE login_session SET revoked_at = NULL, active_school = %s,"
                " data = jsonb_build_object('csrf_token', data->'csrf_token') WHERE user_id = %s",
                (someone.school, someone.user_id),
            )


def _offered(app: Flask, path: str) -> set[str]:
    """The methods of all rules with this path."""
    return {method for rule in app.url_map.iter_rules() if rule.rule == path for method in rule.methods or ()}


def _expected(access: Access, someone: Someone | None) -> str:
    """What the declaration makes of a person: 'public', 'unproven', 'stranger', 'lacking' or 'allowed'."""
    if access.why_public:
        return "public"
    if access.scope:
        return "unproven"  # a cookie proves nothing there; tests/api/test_sweep.py comes with tokens
    if someone is None:
        return "stranger"
    has = permissions_of(someone.role, someone.platform_role)
    return "allowed" if access.permission is None or access.permission in has else "lacking"


def _wanted(method: str, access: Access, may: str, which: str, someone: Someone | None, *, of_one: bool) -> set[int]:
    """The statuses that are right. Posts of the sweep have no token, so that they never get further than the door."""
    if may == "unproven":
        return {401}
    if may == "stranger":
        return {302}
    if may == "lacking":
        return {403}
    if method != "GET":
        return {400} if access.csrf else set(range(200, 500))
    if may == "public":
        return set(range(200, 500)) | {503}  # /readyz says so when something is away
    if which in ("foreign", "never"):
        return {404}
    found = {200, 302, 303, 304}
    finders = ("admin",) if of_one else MANAGERS
    return found if not which or (someone and someone.role in finders) else found | {404}


def _path(rule: Rule, values: dict[str, UUID]) -> str:
    path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda m: quote(str(values.get(m[1], OTHERS.get(m[1], "")))), rule.rule)
    assert "<" not in path, path
    return path


def _without_tokens(body: str, path: str) -> str:
    """A page without what differs each time: its tokens, and its own address."""
    return re.sub(r'name="csrf_token" value="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}', "", body).replace(path, "")
