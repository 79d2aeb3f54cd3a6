"""三员分立: who keeps the program is three people, none of whom can act alone (GB/T 22239-2019, 8.1.4.2 d,
8.1.5.1-8.1.5.3).

That one person holds no two of these roles is a rule that always stands. A node that has turned the separation on
has nobody with all permissions any more, and no office of the three is left empty by an act of the pages. How to go
back, when nobody of the three can be reached, is a command of whoever keeps the server.
"""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError

from .models import KEEPERS, OFFICES, Node, Role
from .models.node import HERE

if TYPE_CHECKING:
    from .models import Post, User

#: roles of which one person holds one at most on a day: the administrator is all three offices in one
APART: tuple[frozenset[str], ...] = (frozenset(str(role) for role in KEEPERS),)


def is_on() -> bool:
    """Whether this node has turned the separation on."""
    return Node.objects.filter(pk=HERE, separation=True).exists()


def clash(role: str, other: str) -> bool:
    """Whether one person may not hold both roles."""
    return role != other and any(role in group and other in group for group in APART)


def together(first: str, second: str) -> str:
    """The sentence that refuses two roles in one person."""
    words = {"first": Role(first).label, "second": Role(second).label}
    return (
        _("同一个人不能既是%(first)s又是%(second)s：系统、安全、审计三员互相制约，请把其中一个岗位给另一个人") % words
    )


def no_more_admins() -> str:
    """The sentence that refuses a post with all permissions."""
    return _("本节点已开启三员分立，不再有全权管理员；请给系统、安全或审计管理员的岗位")


def refuse_together(post: "Post") -> None:
    """Raises InputError for a post beside which its holder has, on one of its days, a role that excludes it, and
    for one with all permissions where the separation is on. Asks nothing for other roles.
    """
    from .models import Standing

    others = {other for group in APART if post.role in group for other in group if clash(post.role, other)}
    if not others or post.standing == Standing.REFUSED:
        return
    posts = type(post).objects.filter(user=post.user_id, role__in=others).exclude(pk=post.pk)
    posts = posts.exclude(standing=Standing.REFUSED).filter(Q(valid_to=None) | Q(valid_to__gte=post.valid_from))
    beside = (posts if post.valid_to is None else posts.filter(valid_from__lte=post.valid_to)).first()
    if beside is not None:
        raise InputError(together(beside.role, post.role), where=str(post.user))
    over = post.valid_to is not None and post.valid_to < timezone.localdate()
    if post.role == Role.ADMIN and not over and is_on():
        raise InputError(no_more_admins(), where=str(post.user))


def officers() -> dict[str, list["Post"]]:
    """Who holds each of the three offices today."""
    from .models import Post

    found: dict[str, list[Post]] = {str(role): [] for role in OFFICES}
    for one in Post.objects.in_force().filter(role__in=OFFICES).select_related("user", "area", "own_role"):
        found[one.role].append(one)
    return found


def admins() -> list["Post"]:
    """The posts with all permissions that are held, to come or waiting."""
    from .models import Post

    return list(Post.objects.standing_on().filter(role=Role.ADMIN).select_related("user", "area", "own_role"))


def obstacles() -> list[str]:
    """What stands in the way of turning the separation on, each in a sentence."""
    told = [
        _("还没有%(role)s：请先给一个人这个岗位") % {"role": Role(role).label}
        for role, posts in officers().items()
        if not posts
    ]
    if left := admins():
        names = "、".join(dict.fromkeys(str(one.user) for one in left))
        told.append(_("还有全权管理员在任：%(names)s；请安全管理员先结束他们的这个岗位") % {"names": names})
    return told


def turn_on(user: Any) -> None:
    """Turn the separation on. Raises ConflictError that says what stands in the way."""
    _turn(user, True)


def turn_off() -> None:
    """Turn it off: by who keeps the server, with the command."""
    _turn(None, False)


def _turn(user: Any, on: bool) -> None:
    from . import audit

    with transaction.atomic():
        node = Node.objects.select_for_update().get(pk=HERE)
        if node.separation == on:
            raise ConflictError(_("三员分立已经是这样，没有变化"))
        if on and (told := obstacles()):
            raise ConflictError(" ".join(told))
        node.separation = on
        node.save(update_fields=["separation"])
        audit.record(user, "separation_on" if on else "separation_off", object_type="node", object_id=node.code)


def alone_in(person: "User") -> list[str]:
    """The offices that only this person holds today: while the separation is on they are handed on first."""
    return [role for role, posts in officers().items() if posts and {one.user_id for one in posts} == {person.pk}]
