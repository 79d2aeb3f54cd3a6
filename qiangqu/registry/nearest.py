"""Who is told of something in an area: the people nearest to it who may act on it."""

from .models import Area, Role, User
from .roles import ALLOWED, Action


def staff_in(area: Area, action: Action) -> list[User]:
    """Active users of just this area who may do ``action``; administrators keep the program and are not among them."""
    return nearest_staff(area, action, upwards=False)


def nearest_staff(area: Area, action: Action, *, upwards: bool = True) -> list[User]:
    """:func:`staff_in` the area; ``upwards``: where it has none, of the nearest area above that has."""
    apart = (Role.ADMIN, Role.ENTERPRISE)
    roles = [role for role, allowed in ALLOWED.items() if action in allowed and role not in apart]
    codes = area.path.strip("/").split("/") if upwards else [area.code]
    found = User.objects.filter(area__code__in=codes, role__in=roles, is_active=True).select_related("area")
    by_area: dict[str, list[User]] = {}
    for one in found.order_by("username"):
        if one.area is not None:
            by_area.setdefault(one.area.code, []).append(one)
    return next((by_area[code] for code in reversed(codes) if code in by_area), [])


def users_of(organisation_id: int | None) -> list[User]:
    """Active users who speak for an enterprise."""
    if organisation_id is None:
        return []
    return list(User.objects.filter(organisation=organisation_id, role=Role.ENTERPRISE, is_active=True))
