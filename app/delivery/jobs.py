"""The jobs of delivery, for the factory to register."""

from __future__ import annotations

from app.delivery.account_mail import send_account_mail
from app.delivery.fan_out import fan_out
from app.delivery.send import send_batch

JOBS = (fan_out, send_batch, send_account_mail)
