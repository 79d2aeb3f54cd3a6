"""The exceptions of a year as a clerk copies them from the State Council's notice: ``2027-01-01 休 元旦`` a
line.
"""

import datetime as dt
import re

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

MOST_LINES = 200
WORDS = {"休": False, "班": True, "常": None}
FIRST, LAST = dt.date(2000, 1, 1), dt.date(2100, 12, 31)
Change = tuple[dt.date, bool | None, str]


def read(text: str) -> list[Change]:
    """Days with 休 (off), 班 (worked) or 常 (by the rule Monday to Friday again) and a name. Raises
    InputError that names the line.

    >>> read("2027-01-01 休 元旦\\n2027-01-03,班,元旦调休上班")
    [(datetime.date(2027, 1, 1), False, '元旦'), (datetime.date(2027, 1, 3), True, '元旦调休上班')]
    """
    found: dict[dt.date, Change] = {}
    lines = [line for line in text.splitlines() if line.strip()]
    if not 0 < len(lines) <= MOST_LINES:
        raise InputError(_("请写 1—%(most)s 行") % {"most": MOST_LINES}, where="days")
    for number, line in enumerate(lines, start=1):
        where = _("第 %(n)s 行") % {"n": number}
        parts = [part for part in re.split(r"[\s,，]+", line.strip(), maxsplit=2) if part]
        if len(parts) < 2 or parts[1] not in WORDS:
            raise InputError(_("写成“日期 休|班|常 名称”，如 2027-01-01 休 元旦"), where=where)
        try:
            day = dt.date.fromisoformat(parts[0])
        except ValueError:
            raise InputError(_("“%(text)s”不是日期") % {"text": parts[0][:20]}, where=where) from None
        if not FIRST <= day <= LAST:
            raise InputError(_("日期应在 2000—2100 年之间"), where=where)
        if day in found:
            raise InputError(_("%(day)s 写了两次") % {"day": day}, where=where)
        found[day] = (day, WORDS[parts[1]], parts[2][:40] if len(parts) > 2 else "")
    return list(found.values())
