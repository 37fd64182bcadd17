"""The jobs of delivery, for the factory to register."""

from __future__ import annotations

from app.delivery.account_mail import send_account_mail
from app.delivery.fan_out import fan_out
from app.delivery.invitation_mail import send_invitation
from app.delivery.readiness import check_again, check_school, check_shared
from app.delivery.retention import forget
from app.delivery.returned import read_returned
from app.delivery.send import send_batch
from app.delivery.watch import watch

JOBS = (
    fan_out, send_batch, send_account_mail, send_invitation, check_shared, check_again, check_school, watch, read_returned,
    forget,
)  # fmt: skip
