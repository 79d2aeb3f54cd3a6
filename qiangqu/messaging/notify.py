"""``notify(user, subject, text, url)``: a message on the site, and by mail or robot as the user chose. In the
caller's transaction.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from qiangqu.base.text import one_line

from .models import Delivery, Message, Preference, Way, When

MOST_RECIPIENTS = 200
KNOWN_TOPICS: dict[str, Any] = {}


def name_topics(words: Mapping[str, Any]) -> None:
    """Give topics their words (lazy translations); users may keep a topic from being sent out."""
    KNOWN_TOPICS.update(words)


def notify(
    user: Any, subject: str, text: str = "", url: str = "", *, topic: str = "", key: str = "", simulated: bool = False
) -> None:
    """Tell one user. ``url`` is a path of this site; ``key`` makes the message unique for the user (told
    once, however often it is called).
    """
    notify_all([user], subject, text, url, topic=topic, key=key, simulated=simulated)


def notify_all(
    users: Iterable[Any],
    subject: str,
    text: str = "",
    url: str = "",
    *,
    topic: str = "",
    key: str = "",
    simulated: bool = False,
) -> int:
    """Tell several users the same, each once, at most :data:`MOST_RECIPIENTS`. Returns how many were told."""
    people = {user.pk: user for user in users if user is not None and user.is_active}
    if key:
        known = Message.objects.filter(key=key[:120], user__in=people).values_list("user_id", flat=True)
        for pk in list(known):
            del people[pk]
    chosen = list(people.values())[:MOST_RECIPIENTS]
    if not chosen:
        return 0
    now, subject, text = timezone.now(), one_line(subject)[:200], text.replace("\0", "")
    path = url if url.startswith("/") and not url.startswith("//") else ""
    made = [
        Message(
            user=user, topic=topic[:20], subject=subject, text=text[:2000], url=path[:300], key=key[:120], simulated=simulated, at=now
        )
        for user in chosen
    ]  # fmt: skip
    gathered = _gathered.get()
    if gathered is None:
        _store(made)
    else:
        gathered.extend(made)
    return len(chosen)


_gathered: ContextVar[list[Message] | None] = ContextVar("messages_gathered", default=None)


@contextmanager
def gathering() -> Iterator[list[Message]]:
    """Within it messages are put aside and stored together at the end (many acts in one transaction). What an
    act that failed had put aside is the caller's to drop from the list; an exception stores nothing."""
    told: list[Message] = []
    token = _gathered.set(told)
    try:
        yield told
    finally:
        _gathered.reset(token)
    _store(told)


def _store(told: list[Message]) -> None:
    if not told:
        return
    Message.objects.bulk_create(told, batch_size=500, ignore_conflicts=any(one.key for one in told))
    wishes = Preference.objects.filter(user__in={one.user_id for one in told}).exclude(
        mail=When.NEVER, robot=When.NEVER
    )
    by_user = {wish.user_id: wish for wish in wishes}
    Delivery.objects.bulk_create(
        [
            Delivery(
                user_id=one.user_id, way=way, subject=("【模拟数据】" if one.simulated else "") + one.subject, text=body(one.text, one.url),
                next_at=one.at,
            )
            for one in told
            if (wish := by_user.get(one.user_id)) is not None and one.topic not in wish.muted
            for way in (Way.MAIL, Way.ROBOT)
            if getattr(wish, way.value) == When.AT_ONCE
        ],
        batch_size=500,
    )  # fmt: skip


def body(text: str, path: str) -> str:
    """What goes out: the text and, when the site knows its own address, the link."""
    base = getattr(settings, "QIANGQU_BASE_URL", "")
    return "\n".join(part for part in (text, f"{base}{path}" if base and path else "") if part)


def unread(user: Any) -> "QuerySet[Message]":
    return Message.objects.filter(user=user, read_at=None)
