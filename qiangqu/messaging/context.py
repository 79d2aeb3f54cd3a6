from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .notify import unread


def unread_messages(request: HttpRequest) -> dict[str, Any]:
    """``unread_messages``: how many messages the user has not read (counted when a page asks)."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread_messages": SimpleLazyObject(lambda: unread(user).count())}
