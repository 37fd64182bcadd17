"""What a process of ours holds on to: its settings, and its line to Redis."""

from __future__ import annotations

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.config import Settings

IMPATIENCE = 0.3  # seconds: a page goes on without Redis rather than make its reader wait


def current_settings() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions["settings"]
    return settings


def redis_for(settings: Settings, *, patience: float = IMPATIENCE) -> Redis:
    """A client of the Redis at REDIS_URL that gives up after `patience` seconds and tries once.

    The default is for web requests; workers and the relay wait longer. It connects when it is first used.
    """
    return Redis.from_url(
        settings.redis_url, socket_timeout=patience, socket_connect_timeout=patience, retry=Retry(NoBackoff(), 0)
    )
