"""Parameters of a terminal that a person may read and set (0x8103, 0x0104), by name."""

from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError


class Parameter(NamedTuple):
    """A number of ``size`` bytes, from 0 to ``most``; ``unit`` as people write it."""

    title: Any  # str, in the reader's language
    size: int
    unit: str
    most: int


KNOWN: dict[int, Parameter] = {
    0x0001: Parameter(gettext_lazy("心跳间隔"), 4, "s", 86_400),
    0x0002: Parameter(gettext_lazy("应答超时"), 4, "s", 3600),
    0x0003: Parameter(gettext_lazy("重传次数"), 4, "", 100),
    0x0020: Parameter(gettext_lazy("位置汇报策略（0 定时，1 定距，2 都有）"), 4, "", 2),
    0x0027: Parameter(gettext_lazy("休眠时汇报间隔"), 4, "s", 86_400),
    0x0028: Parameter(gettext_lazy("紧急报警时汇报间隔"), 4, "s", 86_400),
    0x0029: Parameter(gettext_lazy("缺省汇报间隔"), 4, "s", 86_400),
    0x002C: Parameter(gettext_lazy("缺省距离汇报间隔"), 4, "m", 100_000),
    0x0055: Parameter(gettext_lazy("最高速度"), 4, "km/h", 200),
    0x0056: Parameter(gettext_lazy("超速持续时间"), 4, "s", 3600),
    0x0057: Parameter(gettext_lazy("连续驾驶门限"), 4, "s", 86_400),
    0x0058: Parameter(gettext_lazy("当天累计驾驶门限"), 4, "s", 86_400),
    0x0059: Parameter(gettext_lazy("最小休息时间"), 4, "s", 86_400),
    0x005A: Parameter(gettext_lazy("最长停车时间"), 4, "s", 86_400),
}
MOST = 20  # set at once


def read(text: str) -> list[tuple[int, int]]:
    """``0x0055=80;0x0029=30`` as numbers and values. Raises InputError.

    >>> read("0x0055=80; 0x0029=30")
    [(85, 80), (41, 30)]
    """
    found: dict[int, int] = {}
    for part in text.replace("；", ";").split(";"):
        if not part.strip():
            continue
        name, _equals, value = (one.strip() for one in part.partition("="))
        try:
            number = int(name, 16)
        except ValueError:
            number = -1
        known = KNOWN.get(number)
        if known is None:
            raise InputError(_("不能设置这个终端参数"), where=name[:20])
        if not (value.isascii() and value.isdigit() and int(value) <= known.most):
            raise InputError(_("参数应为 0 至 %(most)s 的整数") % {"most": known.most}, where=name[:20])
        found[number] = int(value)
    if not 0 < len(found) <= MOST:
        raise InputError(_("请写 1 至 %(most)s 个参数，如 0x0055=80;0x0029=30") % {"most": MOST})
    return list(found.items())


def write(values: list[tuple[int, int]]) -> bytes:
    """The body of 0x8103."""
    items = (
        number.to_bytes(4, "big") + bytes((KNOWN[number].size,)) + value.to_bytes(KNOWN[number].size, "big")
        for number, value in values
    )
    return bytes((len(values),)) + b"".join(items)


def told(values: list[tuple[int, bytes]]) -> str:
    """Parameters as people read them; those that are not known here by their numbers."""
    words = []
    for number, raw in values:
        known = KNOWN.get(number)
        if known is not None and len(raw) == known.size:
            words.append(f"{known.title} {int.from_bytes(raw, 'big')}{known.unit}")
        else:
            words.append(f"0x{number:04x} {raw.hex()[:40]}")
    return "，".join(words)
