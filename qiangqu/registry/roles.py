"""What each role may do: the permissions that the parts declare. Where (which areas) is
:mod:`qiangqu.base.visibility`'s matter.
"""

from functools import cache
from typing import Any

from qiangqu.base.part import PartError, Permission, parts
from qiangqu.base.visibility import covers, holdings

from .models import KEEPERS, OFFICES, OwnRole, Role

#: the permissions of all parts by code, in the order of the parts
PERMISSIONS: dict[str, Permission] = {one.code: one for part in parts() for one in part.permissions}


class _Declared(type):
    """Makes ``Action.EDIT_PLAN`` the declared permission ``edit_plan``; a name that no part declares is an
    error where it stands.
    """

    def __getattr__(cls, name: str) -> "Action":
        if name.lower() not in PERMISSIONS or not name.isupper():
            raise AttributeError(f"no part declares the permission {name.lower()}")
        return Action(name.lower())


class Action(str, metaclass=_Declared):
    """The code of a permission: ``Action.VIEW`` is ``"view"``. Which there are, and who has them, the parts'
    manifests say.
    """

    __slots__ = ()


def _allowed() -> dict[str, frozenset[str]]:
    """The permissions of each role; the administrator has all."""
    known = {role.value for role in Role}
    for one in PERMISSIONS.values():
        if unknown := set(one.roles) - known:
            raise PartError(f"权限“{one.code}”给了没有的角色 {'、'.join(sorted(unknown))}")
    return {
        role.value: frozenset(one.code for one in PERMISSIONS.values() if role == Role.ADMIN or role in one.roles)
        for role in Role
    }


ALLOWED = _allowed()


def allows(role: str, action: str) -> bool:
    """Whether a built-in role gives a permission."""
    return action in ALLOWED.get(role, frozenset())


@cache
def choosable(base: str) -> frozenset[str]:
    """The permissions that a role based on the built-in one ``base`` may have: of the administrator all; of one
    of the three offices, and of enterprises (what they may touch is bound to their own), those of the base; of
    the others what any of them has.
    """
    if base in (Role.ADMIN, Role.ENTERPRISE, *OFFICES):
        return ALLOWED[base]
    working = [ALLOWED[role] for role in Role if role not in (*KEEPERS, Role.ENTERPRISE)]
    return frozenset[str]().union(*working)


def roles_with(action: str, *apart: str) -> list[str]:
    """The built-in roles that give a permission, but for those ``apart``."""
    return [str(role) for role, allowed in ALLOWED.items() if action in allowed and role not in apart]


def own_roles_with(action: str, *apart: str) -> list[int]:
    """The ids of the node's own roles that give a permission today, but for those based on one of ``apart``."""
    return [one.pk for one in OwnRole.objects.all() if one.base not in apart and one.allows(action)]


def may(user: Any, action: str, at: str = "") -> bool:
    """Whether a post that the user holds today gives him ``action``: anywhere, or in the area at the path
    ``at``.
    """
    return covers(user, at, action) if at else bool(holdings(user, action))
