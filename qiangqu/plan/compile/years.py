"""Which year a value is for: years stated in the sentence, base years, and years that lie in the past."""

import re
from dataclasses import dataclass
from typing import Literal

YEAR = re.compile(
    r"(?P<from>20\d\d)年?(?:—{1,2}|-|~|至|到)(?P<to>20\d\d)年|(?P<year>20\d\d)(?:年(?!版|代)|(?=[、和](?:20\d\d)年))|二[〇○零](?P<tens>[二三四五六七八九])(?P<ones>[〇○零一二三四五六七八九])年|"
    r"“?十(?P<plan>[三四五六])五”?(?P<span>期间|时期|末期|期末|末年|末|规划期|以来)?"
)
PLAN_END = {"三": 2020, "四": 2025, "五": 2030, "六": 2035}
BASE_BEFORE = re.compile(r"(?:比|较|与|相比|相较于?|从|由|自|以|对比|基于|参照)$")
BASE_AFTER = re.compile(
    r"(?:末|底|年底)?(?:的)?(?:基础上?|为基|水平|同期|基数)|(?:底|末)?(?:以)?前(?:(?:建成|投产|竣工|投运|注册|登记|开工)的|的|已)"
)
PAST = re.compile(
    r"(?:目前|现已|已经|截至目前|迄今|以来|至今|已(?=建成|达|有|形成|培育|累计|认定|完成|实现|超过|突破|拥有|成功)|累计已|现有|近年来|普查显示|统计显示|数据显示|仅为|仅有|仅占|过去[三五两]年)"
)
FUTURE = re.compile(r"(?:力争|确保|争取|将(?!军)|到20\d\d年|每年|规划|计划|未来|今后|下一步|目标)")


@dataclass(frozen=True)
class Stated:
    """A year at ``start:end`` of a sentence and the part it plays."""

    start: int
    end: int
    year: int
    role: Literal["goal", "base", "past"]


WITHIN = re.compile(r"(?<!\d)(?:[二三四五两]|[2-5])年(?:内|累计|期间)")


def stated_years(sentence: str, start_year: int | None, goal_year: int | None = None) -> list[Stated]:
    """Years of a sentence in order. ``start_year``: first year of the plan; goals cannot lie before it.
    三年内 and 五年累计 mean the plan's last year, ``goal_year``.
    """
    found: list[Stated] = []
    if goal_year:
        found = [Stated(m.start(), m.end(), goal_year, "goal") for m in WITHIN.finditer(sentence)]
    for match in YEAR.finditer(sentence):
        before = sentence[: match.start()].rstrip("（“")
        after = sentence[match.end() :]
        reaching = re.search(r"(?<!截)(?:到|至)$", before) is not None
        if match.group("plan"):
            year = PLAN_END[match.group("plan")]
            span = match.group("span") or ""
            if not (reaching or span) or (re.match(r"规划|”?[^，]{0,12}规划", after) and not span):
                continue
            role: Literal["goal", "base", "past"] = "goal"
            if BASE_BEFORE.search(before) or re.match(r"(?:的)?(?:基础|相比|水平)", after):
                role = "base"
            elif (span == "以来" and start_year is not None) or (start_year is not None and year < start_year):
                role = "past"
            found.append(Stated(match.start(), match.end(), year, role))
            continue
        if match.group("tens"):
            year = (
                2000
                + 10 * "零一二三四五六七八九".index(match.group("tens"))
                + max(0, "零一二三四五六七八九".find(match.group("ones")))
            )
        else:
            year = int(match.group("to") or match.group("year"))
        role = "goal"
        if BASE_AFTER.match(after) or (not reaching and BASE_BEFORE.search(before)):
            role = "base"
        elif (before.endswith("截至") and (start_year is None or year <= start_year)) or (
            start_year is not None and year < start_year
        ):
            role = "past"
        found.append(Stated(match.start(), match.end(), year, role))
    return sorted(found, key=lambda stated: stated.start)
