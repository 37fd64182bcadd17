"""The usual way: one RQ job and one connection a recipient, as tutorials show it. `send_one` is what RQ's own worker runs."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

JSON = "rq.serializers.JSONSerializer"


def send_one(port: int, to: str, name: str, subject: str, text: str) -> None:
    """Build a letter, connect, send."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "umthi@localhost.localdomain", f'"{name}" <{to}>', subject
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", port) as line:
        line.send_message(message)


def send_all(redis_url: str, port: int, people: int, subject: str, text: str) -> float:
    """Seconds from the first job's filing to the end of the last, by RQ's worker as it comes."""
    queue = Queue("usual", connection=Redis.from_url(redis_url), serializer=JSONSerializer)
    begun = time.perf_counter()
    jobs = [
        Queue.prepare_data("bench.usual_mail.send_one", [port, f"p{n}@example.org", "Anél", subject, text], result_ttl=0)
        for n in range(people)
    ]
    queue.enqueue_many(jobs)
    rq = Path(sys.executable).parent / "rq"
    subprocess.run([rq, "worker", "--burst", "--quiet", "--serializer", JSON, "--url", redis_url, "usual"], check=True)
    return time.perf_counter() - begun
