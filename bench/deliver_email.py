"""`deliver.email`: one notice to many guardians in three languages, against what cannot be saved: the bytes, and the rows.

The product's time is from the commit to the sink's last yes. Beside it, in turns: a bare sender of the same bytes to the same sink,
and the same rows written by SQL alone; the usual way sends fewer letters, and its rate is compared.
"""

from __future__ import annotations

import pickle
import time
from typing import Any
from uuid import uuid4

from app.delivery.fan_out import FAN_OUT
from app.delivery.letter import Letter
from app.delivery.paper import draw, paragraphs
from app.delivery.publish import send_message
from app.delivery.unsubscribing import unsubscribe_link
from app.tenancy.doors import acting_for
from app.tenancy.reading import driving
from bench.delivering import TEXTS, Delivering, run_module
from bench.figure import Figure, figure, is_full
from bench.usual_mail import send_all

ROWS = (
    "UPDATE delivery SET state = 'sending', tries = 1 WHERE school_id = %(school)s AND batch_id = %(batch)s AND ended_at IS NULL",
    """
    UPDATE delivery SET state = 'sent', ended_at = now()
    WHERE school_id = %(school)s AND batch_id = %(batch)s AND ended_at IS NULL
    """,
    """
    INSERT INTO attempt (school_id, id, delivery_id, number, event, code)
    SELECT school_id, uuid7(), id, 1, 'accepted', 250 FROM delivery WHERE school_id = %(school)s AND batch_id = %(batch)s
    """,
)


def measure() -> list[Figure]:
    """Best of the rounds against best of the rounds: what disturbs a round can only make it slower."""
    people, far, rounds, usual = (20_000, 2_000, 4, 200) if is_full() else (5_000, 500, 3, 60)
    with Delivering.place_with(people, far) as here:
        here.sink()
        here.start("relay", "worker 1")
        product(here, 1)  # the programs are up, and everything has been touched once
        file = bare_letters(here, 1)
        taken: dict[str, list[float]] = {"product": [], "bare": [], "rows": [], "usual": []}
        for _ in range(rounds):
            taken["bare"].append(bare(here, file))
            taken["product"].append(product(here, 1))
            taken["rows"].append(rows(here, 1))
            text = TEXTS["af"]
            taken["usual"].append(send_all(here.redis.url, here.smtp_port, usual, text.subject, text.body))
        best = {name: min(seconds) for name, seconds in taken.items()}
        here.sink(late=0.005)
        file = bare_letters(here, 2)
        wan = min(product(here, 2) for _ in range(1)), bare(here, file)
        for _ in range(rounds - 1):
            wan = min(wan[0], product(here, 2)), min(wan[1], bare(here, file))
    limit = best["bare"] + best["rows"]
    told = f"{people / best['product']:,.0f}/s; bytes alone {people / best['bare']:,.0f}/s, rows alone {people / best['rows']:,.0f}/s"
    each = best["usual"] / usual
    return [
        figure("deliver.email", best["product"] / limit, goal=3, against="a bare sender and the rows by SQL alone", detail=told),
        figure(
            "deliver.email.wan", wan[0] / wan[1], goal=1.5, against="a bare sender, one connection, answers after 5 ms",
            detail=f"{far / wan[0]:,.0f}/s against {far / wan[1]:,.0f}/s",
        ),
        figure(
            "deliver.email.usual", each * people / best["product"], goal=60, better="higher",
            against="one RQ job and one connection a recipient", detail=f"{1 / each:,.0f}/s",
        ),
    ]  # fmt: skip


def product(here: Delivering, school: int) -> float:
    """Seconds from the commit to the sink's last yes."""
    here.forget()
    here.publish(school)
    begun = time.time()
    here.wait(school)
    return here.accepted()[-1].at - begun


def rows(here: Delivering, school: int) -> float:
    """The same rows by the database alone: the fan-out, and a batch's two updates and attempts, each batch committed."""
    here.forget()
    with here.app.app_context(), acting_for(school) as session:
        message = send_message(audience="guardians", texts=TEXTS, url="/", urgent=False, due=None).id
        session.commit()
        here.sql.execute("UPDATE outbox SET done_at = now()")
        begun = time.perf_counter()
        values: dict[str, Any] = {"asked": None, "connected": False, "urgent": False, "queue": "bulk"}
        values |= {"person": None, "emergency": None, "class": None}
        with driving() as cursor:
            FAN_OUT.run(cursor, message=message, kinds=["guardian"], batch=500, **values)
            cursor.execute(
                "UPDATE outbox SET due_at = now() + interval '1 hour' WHERE done_at IS NULL"
            )  # the worker leaves them
            session.commit()
        with here.sql.cursor() as cursor:
            for (batch,) in cursor.execute("SELECT id FROM outbox WHERE done_at IS NULL").fetchall():
                with here.sql.transaction():
                    for statement in ROWS:
                        cursor.execute(statement, {"school": school, "batch": batch})
        return time.perf_counter() - begun


def bare_letters(here: Delivering, school: int) -> Any:
    """A file of the bytes that the product would send to this school."""
    made = {}
    for language, text in TEXTS.items():
        bodies = draw(
            "notice", language, school=f"School {school}", email="", phone="", subject=text.subject, reader=language, elsewhere="",
            paragraphs=paragraphs(text.body), leave=True,
        )  # fmt: skip
        made[language] = Letter(
            subject=text.subject, text=bodies.text, html_text=bodies.html, sender='"School" <umthi@localhost.localdomain>',
            host="localhost.localdomain", one_click=True,
        )  # fmt: skip
    asked = "SELECT id, name, email, language FROM person WHERE school_id = %s AND ended_at IS NULL"
    letters = [
        (
            email.encode(),
            made[language].fill(
                reference=f"{uuid4().hex}.{school}", name=name, address=email, link="http://localhost/schedule-notices/1",
                unsubscribe=unsubscribe_link(here.settings, school, id),
            ),
        )
        for id, name, email, language in here.sql.execute(asked, (school,)).fetchall()
    ]  # fmt: skip
    file = here.logs / f"letters {school}"
    file.write_bytes(pickle.dumps(letters))
    return file


def bare(here: Delivering, file: Any) -> float:
    return float(run_module("bench.bare_mail", here.smtp_port, file))


if __name__ == "__main__":
    for each in measure():
        print(each)
