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
    r"(?:目前|现已|已经|截[至止]目前|迄今|以来|至今|已(?=建成|达|有|形成|培育|累计|认定|完成|实现|超过|突破|拥有|成功)|累计已|现有|现状|近年来|仅为|仅有|仅占|过去[三五两]年)"
)
# Words that report what is so or was done, whatever was said of aims before them.
REPORTED = re.compile(
    r"(?<!依)据[^，。；\d]{0,8}(?:统计|调查|测算|普查|监测|核算|摸底|盘点)|(?:统计|普查|监测|调查|评估)(?:数据|结果|资料)?(?:显示|表明)|数据显示|经[^，。；\d]{0,6}(?:统计|核算|测算|普查|摸底|盘点|核定|调查)|"
    r"(?<![比较与同于按以])(?:去年|上年度?|上一年度?|前年)(?!度?末?的?(?:基础|水平|同期|相比|基数))|过去的?[一二三四五两十]年|(?<![\d十])[一二三四五两十]年来|"
    r"今年以来|前三季度|1(?:—|-|~|至)\d{1,2}月份?|截[至止]目前|"
    r"(?<![业而早])已(?![批婚知故]|建(?:成)?(?:区|住宅|小区|校舍|房|项目|工程)|[^，。；、\d]{0,8}的)"
)
FUTURE = re.compile(r"(?:力争|确保|争取|将(?!军)|到20\d\d年|每年|规划|计划|未来|今后|下一步|目标)")
AHEAD = re.compile(
    r"力争|确保|争取|将(?!军)|(?<!截)[到至]20\d\d年|未来|今后|下一步|目标|计划(?!实施|执行)|再(?=新|建|培|打|增|引|创|改)|基础上"
)
# Another plan's years: in the title of a work, in the bracket behind it.
CITED = re.compile(r"《[^《》]{0,80}》|(?:规划|纲要|计划|方案)（[^（）]{0,16}）")


def tells_past(text: str, start: int = 0) -> bool:
    """Whether ``text``, from ``start`` on, ends in a report of facts: a reporting word and no word of aims
    behind it.
    """
    last = max((told.end() for told in REPORTED.finditer(text, start)), default=-1)
    return last >= 0 and AHEAD.search(text, last) is None


@dataclass(frozen=True)
class Stated:
    """A year at ``start:end`` of a sentence and the part it plays."""

    start: int
    end: int
    year: int
    role: Literal["goal", "base", "past"]


WITHIN = re.compile(
    r"(?<![\d二三四五十])(?:[二三四五两]|[2-5])年(?:内|累计|期间)|(?:未来|今后)的?(?:[二三四五两十]|[2-9]|10)年|用(?:[二三四五两]|[2-5])年(?:左右)?(?:的)?时间"
)
AT_END = re.compile(r"(?:年)?(?:底|末)，(?![^，。；]{0,6}(?:力争|实现|完成|确保))")
THIS_YEAR = re.compile(r"(?<!\d)(?:今年|本年度)(?!以来|上半年|一季度|前)")


def stated_years(
    sentence: str, start_year: int | None, goal_year: int | None = None, this_year: int | None = None
) -> list[Stated]:
    """Years of a sentence in order. ``start_year``: first year of the plan; goals cannot lie before it.
    三年内, 五年累计 and 未来五年 mean the plan's last year, ``goal_year``; 今年 is ``this_year``. Years of
    other plans are left out.
    """
    found: list[Stated] = []
    if goal_year:
        found = [Stated(m.start(), m.end(), goal_year, "goal") for m in WITHIN.finditer(sentence)]
    if this_year:
        found += [Stated(m.start(), m.end(), this_year, "goal") for m in THIS_YEAR.finditer(sentence)]
    cited = [m.span() for m in CITED.finditer(sentence)]
    for match in YEAR.finditer(sentence):
        if any(a <= match.start() < b for a, b in cited):
            continue
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
        elif (
            (
                re.search(r"截[至止](?:到)?$", before)
                and not re.match(r"(?:年)?(?:底|末)?前", after)
                and (start_year is None or year <= start_year or (goal_year is not None and year < goal_year))
            )
            or (start_year is not None and year < start_year)
            or (not reaching and (goal_year is None or year < goal_year) and _reported(sentence, match))
            # 2023年底，全市有博物馆21座: of the plan's first year, and nothing leads to it
            or (not reaching and year == start_year != goal_year and AT_END.match(after) and not AHEAD.search(before))
        ):
            role = "past"
        found.append(Stated(match.start(), match.end(), year, role))
    return sorted(found, key=lambda stated: stated.start)


def _reported(sentence: str, year: re.Match[str]) -> bool:
    """Whether the clauses around a year that nothing aims at report facts: 据统计，2022年…; 2022年，…已建成…;
    2022年…，同比…
    """
    if AHEAD.search(sentence, max(0, year.start() - 12), year.start()):
        return False
    if tells_past(sentence[: year.start()]):
        return True
    half = re.compile(r"[；。]|20\d\d年").search(sentence, year.end())
    rest = sentence[year.end() : half.start() if half else len(sentence)]
    told = REPORTED.search(rest) or re.search(r"同比|了(?=\d)", rest)
    return told is not None and AHEAD.search(rest, 0, told.start()) is None
