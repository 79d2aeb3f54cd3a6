"""Periodic work of the exchange."""

import datetime as dt

from . import storage


def retry(now: dt.datetime) -> str:
    """Try again what is parked: what it waits for may have come by another way."""
    return f"{storage.retry_parked()} parked"
