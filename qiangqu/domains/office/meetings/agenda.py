"""The agenda as a clerk writes it: one item a line, ``subject；who reports；minutes``."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.numbers import natural
from qiangqu.base.terms import clauses

from ..models.meetings import Meeting

MOST_ITEMS = 40


@dataclass(frozen=True, slots=True)
class Item:
    subject: str
    presenter: str = ""
    minutes: int | None = None


def read(text: str) -> list[Item]:
    """Items of an agenda. Raises InputError that names the line.

    >>> read("听取项目进展；发改委；20\\n研究方案")
    [Item(subject='听取项目进展', presenter='发改委', minutes=20), Item(subject='研究方案', presenter='', minutes=None)]
    """
    items = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in re.split(r"[；;]", line)]
        subject, presenter, minutes = [*parts, "", ""][:3]
        where = _("议程第 %(n)s 行") % {"n": number}
        if len(parts) > 3 or not subject:
            raise InputError(_("写成“议题；汇报人；分钟”，后两项可以不写"), where=where)
        if len(subject) > 120 or len(presenter) > 60:
            raise InputError(_("议题不超过 120 字，汇报人不超过 60 字"), where=where)
        if minutes and natural(minutes, most=600, least=1) is None:
            raise InputError(_("分钟数应为 1—600 的整数"), where=where)
        items.append(Item(subject, presenter, int(minutes) if minutes else None))
    if len(items) > MOST_ITEMS:
        raise InputError(_("议题最多 %(most)s 个") % {"most": MOST_ITEMS}, where=_("议程"))
    return items


def items_of(meeting: Meeting) -> list[Item]:
    """The agenda as it is kept."""
    return [Item(row.subject, row.presenter, row.minutes) for row in meeting.agenda.all()]


def written(items: list[Item]) -> str:
    """The reverse of :func:`read`."""
    return "\n".join(clauses([item.subject, item.presenter, str(item.minutes or "")]).rstrip("；") for item in items)
