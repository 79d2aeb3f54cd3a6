"""Slowing down the guessing of passwords: failures are counted per user name and per address over the last quarter of an hour."""

import datetime as dt

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from .models import LoginFailure

WINDOW = dt.timedelta(minutes=15)
PER_NAME_AND_ADDRESS = 5
PER_NAME = 20
PER_ADDRESS = 50
KEPT = dt.timedelta(days=1)


def address_of(request: HttpRequest | None) -> str:
    """The network address that a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45] if request else ""


def is_blocked(username: str, address: str) -> bool:
    """Whether a further attempt is refused without looking at the password."""
    username = username[:150]
    recent = LoginFailure.objects.filter(at__gte=timezone.now() - WINDOW)
    pairs = list(
        recent.filter(Q(username=username) | Q(address=address)).values_list("username", "address")[
            : PER_ADDRESS + PER_NAME
        ]
    )
    by_name = [pair for pair in pairs if pair[0] == username]
    return (
        sum(pair[1] == address for pair in by_name) >= PER_NAME_AND_ADDRESS
        or len(by_name) >= PER_NAME
        or sum(pair[1] == address for pair in pairs) >= PER_ADDRESS
    )


def count_failure(username: str, address: str) -> None:
    LoginFailure.objects.filter(at__lt=timezone.now() - KEPT).delete()
    LoginFailure.objects.create(username=username[:150], address=address)


def forget(username: str, address: str) -> None:
    """After a success the count of this name from this address starts anew."""
    LoginFailure.objects.filter(username=username[:150], address=address).delete()
