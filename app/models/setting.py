"""What operators set for the whole platform."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model


class PlatformSetting(Model):
    """A setting by its name; one that has no row is as it comes."""

    __tablename__ = "platform_setting"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
