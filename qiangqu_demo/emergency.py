from collections.abc import Callable

from qiangqu.registry.models import Area


def enact(zone: Area, report: Callable[[str], None]) -> None:
    return None
