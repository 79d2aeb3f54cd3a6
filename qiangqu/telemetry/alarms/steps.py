"""Whom a rule tells, and whom next when nobody acknowledges: two small texts.

>>> parse_steps("30:bureau, 120:planner")
(Step(minutes=30, role='bureau'), Step(minutes=120, role='planner'))
>>> parse_roles("zone, enterprise")
('zone', 'enterprise')
"""

from typing import NamedTuple

from qiangqu.base.errors import InputError
from qiangqu.base.numbers import natural
from qiangqu.registry.models import Role

MAX_STEPS = 5
MAX_MINUTES = 7 * 24 * 60


class Step(NamedTuple):
    """After so many minutes without acknowledgement, this role is told."""

    minutes: int
    role: str


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


def parse_roles(text: str) -> tuple[str, ...]:
    """Roles in a list. Raises InputError for one that does not exist."""
    found = tuple(dict.fromkeys(_parts(text)))
    for role in found:
        if role not in Role.values:
            raise InputError(f"没有角色“{role[:20]}”；可用 {'、'.join(Role.values)}")
    return found


def parse_steps(text: str) -> tuple[Step, ...]:
    """Steps in order of time. Raises InputError that names what is wrong."""
    found: list[Step] = []
    for part in _parts(text.replace("：", ":")):
        minutes, colon, role = part.partition(":")
        if not colon or not minutes.strip().isascii() or not minutes.strip().isdigit():
            raise InputError(f"“{part[:30]}”应写成 分钟:角色，例如 30:bureau")
        after = natural(minutes.strip(), most=MAX_MINUTES, least=1)
        if after is None:
            raise InputError(f"升级时间应在 1—{MAX_MINUTES} 分钟之间")
        (one,) = parse_roles(role) or ("",)
        if not one:
            raise InputError(f"“{part[:30]}”没有写角色")
        found.append(Step(after, one))
    if len(found) > MAX_STEPS:
        raise InputError(f"最多 {MAX_STEPS} 级升级")
    if found != sorted(found, key=lambda step: step.minutes):
        raise InputError("升级时间应由短到长")
    return tuple(found)
