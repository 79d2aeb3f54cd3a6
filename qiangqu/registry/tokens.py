"""API tokens: made by a user for a program that acts as him; only a hash is stored."""

import datetime as dt
import hashlib
import secrets

from django.utils import timezone

from qiangqu.base.errors import InputError

from .models import ApiToken, User

PREFIX = "qq_"
MAX_TOKENS = 20


def _digest(token: str) -> str:
    # 256 random bits need no salt and no slow hash
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(user: User, name: str, days: int = 365) -> tuple[ApiToken, str]:
    """A new token and its text, which is not kept. ``days`` 1–1096. Raises InputError when the user has too
    many.
    """
    if not 1 <= days <= 1096:
        raise InputError("有效天数须在 1—1096 之间", where="days")
    if user.api_tokens.count() >= MAX_TOKENS:
        raise InputError(f"每人最多 {MAX_TOKENS} 个接口令牌，请先删除不用的")
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name[:60], digest=_digest(text), expires_on=timezone.localdate() + dt.timedelta(days=days)
    )
    return token, text


def user_of_token(text: str) -> User | None:
    """The active user that a token stands for; None for an unknown, expired or malformed one."""
    if not text.startswith(PREFIX) or len(text) > 100:
        return None
    today = timezone.localdate()
    token = ApiToken.objects.select_related("user").filter(digest=_digest(text), expires_on__gte=today).first()
    if token is None or not token.user.is_active:
        return None
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token.user
