"""``notify(user, subject, text, url)``: a message on the site, and by mail or robot as the user chose. In the caller's transaction."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from .models import Delivery, Message, Preference, Way, When

MOST_RECIPIENTS = 200
KNOWN_TOPICS: dict[str, Any] = {}


def name_topics(words: dict[str, Any]) -> None:
    """Give topics their words (lazy translations); users may keep a topic from being sent out."""
    KNOWN_TOPICS.update(words)


def notify(
    user: Any, subject: str, text: str = "", url: str = "", *, topic: str = "", key: str = "", simulated: bool = False
) -> None:
    """Tell one user. ``url`` is a path of this site; ``key`` makes the message unique for the user (told once, however often it is called)."""
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
    now, subject = timezone.now(), " ".join(subject.split())[:200]
    path = url if url.startswith("/") and not url.startswith("//") else ""
    Message.objects.bulk_create(
        [
            Message(
                user=user, topic=topic[:20], subject=subject, text=text[:2000], url=path[:300], key=key[:120], simulated=simulated,
                at=now,
            )
            for user in chosen
        ],
        ignore_conflicts=bool(key),
    )  # fmt: skip
    wishes = (
        Preference.objects.filter(user__in=chosen).exclude(mail=When.NEVER, robot=When.NEVER).select_related("user")
    )
    mark = "【模拟数据】" if simulated else ""
    Delivery.objects.bulk_create(
        [
            Delivery(user=wish.user, way=way, subject=mark + subject, text=body(text, path), next_at=now)
            for wish in wishes
            for way in (Way.MAIL, Way.ROBOT)
            if getattr(wish, way.value) == When.AT_ONCE and topic not in wish.muted
        ]
    )
    return len(chosen)


def body(text: str, path: str) -> str:
    """What goes out: the text and, when the site knows its own address, the link."""
    base = getattr(settings, "QIANGQU_BASE_URL", "")
    return "\n".join(part for part in (text, f"{base}{path}" if base and path else "") if part)


def unread(user: Any) -> "QuerySet[Message]":
    return Message.objects.filter(user=user, read_at=None)
