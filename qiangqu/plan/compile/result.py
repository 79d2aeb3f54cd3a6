"""Put a target on the list of its sentence, with year, effort and direction."""

import re
from typing import Literal

from . import phrases as ph
from .direction import ceiling
from .numbers import Mention
from .sentence import Effort, Kind, Sentence, Target, YearFrom
from .signs import Comparator
from .units import MULTIPLES


def effort_at(text: str, at: int) -> Effort:
    """strive after 力争, 争取 …; firm again after 确保 or a semicolon."""
    start = text.rfind("；", 0, at) + 1
    last: Effort = "firm"
    for match in re.finditer(r"力争|争取(?!资金|国家|上级|中央|到位)|努力|力求|奋力|确保|必须|保证", text[start:at]):
        last = "firm" if match.group() in ("确保", "必须", "保证") else "strive"
    return last


# how much there is of something, though it is counted in pieces: traffic, stock, output of a year, time used,
# so many per head
_MEASURED = re.compile(
    r"每(?:百|千|万|十万|百万)?(?:名|人|亩|平方公里)|(?:吞吐|出口|销|产|存栏|出栏|饲养|保有|客流|参观|拥有|运|订单|联运)量$"
    r"|(?:存栏|出栏|规模|能力|产能|寿命|架次|红线|时间|用时|出口)$|^年(?!.*(?:企业|项目|单位|机构|基地|园区)$)"
)
_MEASURED_UNITS = frozenset({"人次", "标箱", "架次", "周", "天", "个月", "小时", "分钟"})


def settled(kind: Kind, name: str, unit: str) -> Kind:
    """The kind in view of the whole name: a rate stays a share though new things are rated; what is measured
    in pieces is a level.
    """
    if kind == "cumulative" and unit in ("%", "‰", "成") and re.search(r"(?:率|比例|比重|占比|覆盖面)$", name):
        return "share"
    if kind == "count" and (unit in _MEASURED_UNITS or _MEASURED.search(name)):
        return "level"
    return kind


def add(
    s: Sentence, name: str, sign: Comparator, mention: Mention, kind: Kind, start: int, end: int, doubts: list[str],
    year: int | None = None, down: bool = False, standard: bool = False,
) -> None:  # fmt: skip
    """Append a target named ``name``; names without a word are dropped."""
    name = ph.polish(name)
    if len(name) < 2 or not re.search(r"[一-龥A-Za-z]", name):
        return
    while start < end and s.text[start] in "，、；： 和及与":
        start += 1
    source: YearFrom = "stated"
    if year is None:
        stated = s.goal_year_before(mention.start)
        if stated:
            year = stated.year
        elif s.context.carried:
            year, source = s.context.carried, "carried"
        elif s.context.heading_year:
            year, source = s.context.heading_year, "heading"
        elif s.context.goal_year:
            year, source = s.context.goal_year, "plan"
        else:
            source = "none"
    value = None if mention.value != mention.value else mention.value
    if mention.chinese:
        doubts = [*doubts, "数值为中文数字"]
    unit = mention.unit
    if unit in MULTIPLES.split() and name.endswith("人次"):
        unit = f"{unit}人次"  # 接待人次7300万: the measure word stands in the name
    kind = settled(kind, name, mention.base_unit)
    why = (
        ""
        if kind not in ("level", "share", "count") or mention.value != mention.value
        else ceiling(name, sign, s.text[start : mention.start], s.sign_after(mention))
    )
    if why:
        sign, doubts = "<=", [*doubts, f"{why}，按不高于理解"]
    falling = down or bool(why) or sign in ("<=", "<") or re.search(r"(?:降低|下降|减少)$", name) is not None
    direction: Literal["up", "down"] = "down" if falling else "up"
    (s.standards if standard else s.found).append(
        Target(
            name,
            sign,
            value,
            mention.value_max,
            unit,
            year,
            kind,
            effort_at(s.text, mention.start),
            start,
            end,
            source,
            direction,
            doubts,
            standard,
        )
    )
