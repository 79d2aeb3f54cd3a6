"""Who looks, where and as of when."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone


def scoped(request: HttpRequest) -> tuple[Any, Any]:
    """The user and the area that he has chosen; None: all that he sees."""
    return request.user, request.within  # type: ignore[attr-defined]


def today_of(request: HttpRequest) -> dt.date:
    """The day shown: the one chosen in the shell, else today."""
    return request.as_of or timezone.localdate()  # type: ignore[attr-defined]
