"""Who is told of something in an area: the people nearest to it who may act on it."""

from .models import KEEPERS, Area, Post, Role, User
from .roles import Action


def staff_in(area: Area, action: Action) -> list[User]:
    """Active users of just this area who may do ``action``; administrators keep the program and are not among
    them.
    """
    return nearest_staff(area, action, upwards=False)


def nearest_staff(area: Area, action: Action, *, upwards: bool = True) -> list[User]:
    """:func:`staff_in` the area; ``upwards``: where it has none, of the nearest area above that has."""
    codes = area.path.strip("/").split("/") if upwards else [area.code]
    posts = Post.objects.in_force().filter(area__code__in=codes).giving(action, *KEEPERS, Role.ENTERPRISE)
    by_area: dict[str, set[int]] = {}
    for code, user in posts.values_list("area__code", "user"):
        by_area.setdefault(code, set()).add(user)
    nearest = next((by_area[code] for code in reversed(codes) if code in by_area), set())
    return list(User.objects.filter(pk__in=nearest).with_posts().order_by("username"))


def users_of(organisation_id: int | None) -> list[User]:
    """Active users who speak for an enterprise."""
    if organisation_id is None:
        return []
    return list(User.objects.posted(organisation=organisation_id, role=Role.ENTERPRISE).with_posts())
