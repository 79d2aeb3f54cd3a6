"""Sessions: kept under a hash, so that who reads the database cannot go on where others are signed in; and
rules for how long they live.
"""

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import SignIn, User

SINCE, SEEN = "_since", "_seen"


def digest(key: str | None) -> str:
    """Under what a session key is stored: 40 characters, as the column of Django's table has."""
    return hashlib.sha256((key or "").encode()).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """Django's sessions in the database, filed under :func:`digest` of the key that the cookie holds."""

    def _get_session_from_db(self) -> Any:
        found = Session.objects.filter(session_key=digest(self.session_key), expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        made: Any = super().create_model_instance(data)
        made.session_key = digest(made.session_key)
        return made

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=digest(key)).delete()


def note_sign_in(request: HttpRequest, user: User, address: str) -> None:
    """Put the session into the list that the user sees on his page."""
    SignIn.objects.filter(
        user=user, last_at__lt=timezone.now() - dt.timedelta(hours=settings.QIANGQU_SESSION_HOURS)
    ).delete()
    SignIn.objects.update_or_create(
        digest=digest(request.session.session_key),
        defaults={
            "user": user,
            "address": address,
            "agent": request.headers.get("User-Agent", "")[:200],
            "last_at": timezone.now(),
        },
    )


#: product names as they stand in User-Agent, the most particular first: most browsers also name those they
#: descend from
_BROWSERS = (
    ("MicroMessenger/", "微信"), ("DingTalk/", "钉钉"), ("Edg", "Edge"), ("QQBrowser/", "QQ浏览器"), ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", "Windows"), ("OpenHarmony", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(agent: str) -> str:
    """Browser and system of a User-Agent by their names; one that names neither is given back, shortened.

    >>> browser_name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0")
    'Edge · Windows'
    >>> browser_name("curl/8.5.0"), browser_name("")
    ('curl/8.5.0', '')
    """
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or agent[:40]


def end_session(user: User, pk: int) -> bool:
    """End one of the user's own sessions; False when there is none such."""
    row = SignIn.objects.filter(user=user, pk=pk).first()
    if row is None:
        return False
    with transaction.atomic():
        Session.objects.filter(session_key=row.digest).delete()
        row.delete()
    return True


class SessionRulesMiddleware:
    """Ends a session that nobody used for ``QIANGQU_SESSION_IDLE_MINUTES`` or that is older than
    ``QIANGQU_SESSION_HOURS``.

    What a page asks for by itself (the counters of its head) is no use: htmx says so by ``X-Poll``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._look(request)
        return self.get_response(request)

    def _look(self, request: HttpRequest) -> None:
        now, session = time.time(), request.session
        idle, longest = settings.QIANGQU_SESSION_IDLE_MINUTES * 60, settings.QIANGQU_SESSION_HOURS * 3600
        since, seen = session.get(SINCE, now), session.get(SEEN, now)
        if now - seen > idle or now - since > longest:
            SignIn.objects.filter(digest=digest(session.session_key)).delete()
            logout(request)
            messages.info(
                request,
                _("长时间没有操作，已自动退出，请重新登录") if now - seen > idle else _("登录已到期，请重新登录"),
            )
            return
        # a clock that was set back must not make a session eternal: what lies ahead is written anew
        stale = SEEN not in session or not 0 <= now - seen <= min(60, idle / 10)
        if stale and not request.headers.get("X-Poll"):
            session[SINCE], session[SEEN] = min(since, now), now
            SignIn.objects.filter(digest=digest(session.session_key)).update(last_at=timezone.now())
