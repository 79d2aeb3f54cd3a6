"""Slowing down guessing: attempts are counted, and after a few each further one has to wait longer. Nobody is
locked out.

Attempts to sign in are counted for an account from one network, for an account from everywhere, and for a
network. Where a user is known (a browser, or a network, from which he has signed in before) the latter two do
not touch him: an attacker can neither shut a user out from afar nor shut a network out by wrong names. A
known browser is counted for itself. The public pages have counters of their own.
"""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError
from qiangqu.ui.peers import network_of

from .models import KnownPlace, LoginFailure, User

WINDOW = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=1)
PLACES_KEPT = dt.timedelta(days=180)
DEVICE_COOKIE = "qq_device"
SIGN_IN, PUBLIC_OPEN, PUBLIC_QUERY = "sign-in", "public-open", "public-query"


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` attempts in :data:`WINDOW` cost nothing, then one waits ``first`` seconds after the last,
    doubling up to ``longest``.
    """

    free: int
    first: int
    longest: int

    def wait(self, times: list[dt.datetime], now: dt.datetime) -> int:
        """Whole seconds that a further attempt has to wait; 0 for none."""
        over = len(times) - self.free
        if over < 0:
            return 0
        gap = min(self.first * 2 ** min(over, 20), self.longest)
        left = (max(times) + dt.timedelta(seconds=gap) - now).total_seconds()
        # a clock that was set back must not make anybody wait longer than the longest
        return min(self.longest, max(0, -int(-left // 1)))


OF_ACCOUNT_AND_NETWORK = Limit(5, 2, 300)
OF_ACCOUNT = Limit(20, 2, 60)
OF_NETWORK = Limit(50, 1, 60)
OF_DEVICE = Limit(5, 2, 300)
OF_PUBLIC = {PUBLIC_OPEN: Limit(5, 60, 900), PUBLIC_QUERY: Limit(5, 5, 900)}


class TooMany(ConflictError):
    """One has to wait; ``seconds`` says how long."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(_("尝试次数过多，请在 %(seconds)s 秒后再试") % {"seconds": seconds})


def address_of(request: HttpRequest | None) -> str:
    """The network address that a request comes from (behind trusted proxies: the client's)."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45] if request else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _device_of(request: HttpRequest | None) -> str:
    cookie = request.COOKIES.get(DEVICE_COOKIE, "") if request else ""
    return _digest(cookie) if cookie and len(cookie) <= 100 else ""


def _one_at_a_time() -> None:
    """Attempts at once are counted one after the other (SQLite writes that way anyhow)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(32101)")


def begin(username: str, request: HttpRequest | None) -> LoginFailure:
    """Count an attempt to sign in before the password is looked at, so that many at once are no way around.
    Raises TooMany.
    """
    username, address, device = username[:150], address_of(request), _device_of(request)
    network, now = network_of(address), timezone.now()
    with transaction.atomic():
        _one_at_a_time()
        LoginFailure.objects.filter(at__lt=now - KEPT).delete()
        recent = LoginFailure.objects.filter(purpose=SIGN_IN, at__gte=now - WINDOW)
        known = set(KnownPlace.objects.filter(user__username=username).values_list("value", flat=True))
        own = recent.filter(username=username)
        if device in known:
            wait = OF_DEVICE.wait(_times(own.filter(device=device)), now)
        else:
            device = ""
            wait = OF_ACCOUNT_AND_NETWORK.wait(_times(own.filter(network=network, device="")), now)
            if network not in known:
                wait = max(
                    wait,
                    OF_ACCOUNT.wait(_times(own.filter(device="")), now),
                    OF_NETWORK.wait(_times(recent.filter(network=network, device="")), now),
                )
        if wait:
            raise TooMany(wait)
        return LoginFailure.objects.create(
            purpose=SIGN_IN, username=username, address=address, network=network, device=device
        )


def _times(rows: Any) -> list[dt.datetime]:
    return list(rows.order_by("-at").values_list("at", flat=True)[:100])


def slowed_down(attempt: LoginFailure) -> bool:
    """Whether this attempt, which failed, was the last that cost nothing: the moment for an entry in the
    audit trail.
    """
    same = LoginFailure.objects.filter(
        purpose=SIGN_IN, username=attempt.username, network=attempt.network, device=attempt.device
    )
    return same.filter(at__gte=attempt.at - WINDOW).count() == OF_ACCOUNT_AND_NETWORK.free


def succeeded(attempt: LoginFailure, user: User) -> None:
    """The count of this account from this place starts anew, and the network is known from now on."""
    LoginFailure.objects.filter(
        purpose=SIGN_IN, username=attempt.username, network=attempt.network, device=attempt.device
    ).delete()
    LoginFailure.objects.filter(pk=attempt.pk).delete()
    KnownPlace.objects.filter(user=user, last_at__lt=timezone.now() - PLACES_KEPT).delete()
    _know(user, attempt.network)


def remember_browser(user: User, request: HttpRequest, response: Any) -> None:
    """Give the browser that ``user`` has just signed in with a secret by which it is known again (for
    :data:`PLACES_KEPT`).
    """
    given = request.COOKIES.get(DEVICE_COOKIE, "")
    secret = given if 20 <= len(given) <= 100 else secrets.token_urlsafe(24)
    _know(user, _digest(secret))
    response.set_cookie(
        DEVICE_COOKIE, secret, max_age=PLACES_KEPT, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _know(user: User, value: str) -> None:
    KnownPlace.objects.update_or_create(user=user, value=value, defaults={"last_at": timezone.now()})


def unlock(username: str = "") -> int:
    """Forget failed attempts on an account, or (``""``) all; how many."""
    rows = LoginFailure.objects.filter(purpose=SIGN_IN)
    return rows.filter(username=username).delete()[0] if username else rows.delete()[0]


def check_public(purpose: str, request: HttpRequest) -> None:
    """Raises TooMany when this network has done ``purpose`` too often."""
    now = timezone.now()
    network = network_of(address_of(request))
    rows = LoginFailure.objects.filter(purpose=purpose, network=network, at__gte=now - WINDOW)
    wait = OF_PUBLIC[purpose].wait(_times(rows), now)
    if wait:
        raise TooMany(wait)


def count_public(purpose: str, request: HttpRequest) -> None:
    """Count one for :func:`check_public`."""
    address = address_of(request)
    LoginFailure.objects.filter(at__lt=timezone.now() - KEPT).delete()
    LoginFailure.objects.create(purpose=purpose, address=address, network=network_of(address))
