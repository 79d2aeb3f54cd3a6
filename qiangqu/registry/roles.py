"""What each role may do: the permissions that the parts declare. Where (which areas) is
:mod:`qiangqu.base.visibility`'s matter.
"""

from typing import Any

from qiangqu.base.part import PartError, Permission, parts
from qiangqu.base.visibility import covers, holdings

from .models import Role

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
    """Whether a role gives a permission."""
    return action in ALLOWED.get(role, frozenset())


def roles_with(action: Action, *apart: str) -> list[str]:
    """The roles that give a permission, but for those ``apart``."""
    return [str(role) for role, allowed in ALLOWED.items() if action in allowed and role not in apart]


def may(user: Any, action: str, at: str = "") -> bool:
    """Whether a post that the user holds today gives him ``action``: anywhere, or in the area at the path
    ``at``.
    """
    return covers(user, at, action) if at else bool(holdings(user, action))
