"""Name before number: “规模以上工业增加值达到2800亿元”, “亩均产值、亩均税收分别提高60%、50%”."""

import re

from . import phrases as ph
from .compared import read_compared, read_wordy
from .filters import CHANGE_RATE, is_no_goal
from .lists import own_subject, share_affixes, split_conjuncts
from .numbers import Mention
from .peel import combine, peel
from .result import add
from .sentence import Kind, Reading, Sentence, clean_name
from .subjects import (
    ONLY_VERB,
    PREDICATE,
    RATIOS,
    TOOK_SUBJECT,
    before_share,
    carried,
    level_name,
    listed_years,
    owner_of,
    pending_measure,
    without_level,
)
from .units import COUNT, EXTENT

PART_OF_LAST = "属于上一指标的一部分"
PART = re.compile(r"(?:其中)?(?:含|包括|包含)")
LEVEL_WORD = re.compile(r"^(?P<which>[^，、]{1,12}?(?:级|类|型)(?:及?以上)?)$")
TRAILING_VERB = re.compile(r"(?:(?:累计|每年|年均|三年|五年)*(?:新增|净增|新培育|新认定))$")


def read_named(s: Sentence, run: list[Mention]) -> None:
    """Read the values of ``run``, which stand side by side, with the words before them."""
    first = run[0]
    start = s.boundary(first.start)
    part = PART.match(s.text, start) if start and s.text[start - 1] == "（" else None
    if part:
        start = part.end()
    reading = peel(s.text[start : first.start], first.unit)
    if not clean_name(reading.phrase):
        # “工业增加值占比，力争达到30%”: the name stands one clause before.
        longer = _clause_before(s, start)
        if longer is not None:
            start, reading.phrase = longer, peel(s.text[longer : first.start], first.unit).phrase
        elif reading.separately and len(run) > 1 and (subjects := _subjects_before(s, start, len(run))):
            start, reading.phrase = subjects
    if first.form in ("assigned", "average"):
        read_wordy(s, first, reading.phrase, start)
        return
    compared = None
    if first.unit in ("个百分点", "百分点", "%"):
        compared = ph.COMPARE.search(re.sub(r"(?:各|约|至少)$", "", s.text[start : first.start]))
    if compared and not reading.change and (first.unit != "%" or compared.group("noun")):
        read_compared(s, first, compared, start)
        return
    if is_no_goal(s, first, reading.phrase, reading, start):
        s.cursor = s.stop(run[-1])
        return
    names, doubts = _names(s, run, reading, start)
    if part:
        doubts = [*doubts, PART_OF_LAST]
    stop = s.stop(run[-1])
    if not names:
        s.cursor = stop
        return
    listed = listed_years(s, first.start)
    tail = s.sign_after(run[-1])
    pairs = _pair(run, names, listed)
    for name, mention, year in pairs:
        # 分别达到25%和15%以上: a sign at the end of the list counts for the whole list.
        after = s.sign_after(mention) or (tail if len(run) > 1 and tail in ("以上", "左右", "以内", "以下") else "")
        sign = combine(reading.sign, after)
        if reading.change == "down" and after in ("左右", "上下"):
            sign = "="  # 下降控制在4%左右: about as much, whatever word stands before it
        end = s.stop(mention) if len(names) <= len(run) else stop
        add(
            s,
            name,
            sign,
            mention,
            _kind(s, name, mention, reading),
            start,
            end,
            list(doubts),
            year,
            reading.change == "down",
        )
    s.last_run = [name for name, _, _ in pairs]
    if first.base_unit in COUNT or first.base_unit in EXTENT:
        s.acting = True
    s.cursor = stop
    _share_ending(s, start)


def _share_ending(s: Sentence, start: int) -> None:
    """“形成整机1500台、组件20吉瓦的年生产能力”: the ending belongs to every member of the list."""
    ending = ph.ENDING.match(s.text[s.cursor :])
    if not ending:
        return
    floor = max(s.text.rfind(mark, 0, start + 1) for mark in "，；") + 1
    for target in s.found:
        if target.start >= floor:
            target.indicator += ending.group(1)
    s.cursor += ending.end()


def _clause_before(s: Sentence, start: int) -> int | None:
    """Start of the clause before ``start`` when it holds only a name (no value, no full predicate)."""
    end = start - 1
    if end <= s.cursor or s.text[end] not in "，：":
        return None
    begin = s.boundary(end)
    name = clean_name(s.text[begin:end])
    if (
        (ph.MEASURE_TAIL.search(name) or name.endswith("标准"))
        and len(name) <= 40
        and not re.search(r"\d", name)
        and not PREDICATE.search(name)
    ):
        return begin
    return None


def _subjects_before(s: Sentence, start: int, size: int) -> tuple[int, str] | None:
    """“甲企业和乙企业实现倍增，分别超过90家和870家”: the subjects of the clause before, when there are as many
    as values; their clause's start and the words.
    """
    if start < 1 or start - 1 <= s.cursor or s.text[start - 1] != "，":
        return None
    begin = s.boundary(start - 1)
    clause = ph.BASE_PHRASE.sub("", s.text[begin : start - 1])
    cut = PREDICATE.search(clause, 2)
    phrase = clean_name(clause[: cut.start()] if cut else clause)
    return (begin, phrase) if len(split_conjuncts(phrase, size)) == size and not re.search(r"\d", phrase) else None


def _names(s: Sentence, run: list[Mention], reading: Reading, start: int) -> tuple[list[str], list[str]]:
    """Indicator names for the values of a run, and doubts about them."""
    first = run[0]
    phrase = reading.phrase
    if CHANGE_RATE.match(s.text, first.end):
        phrase = re.sub(r"(?:以|按照?|保持)(?:年均|每年)?(?:不低于|高于|超过)?$", "", phrase)
        reading.annual = reading.annual or re.search(r"年均|每年", s.text[start : first.start]) is not None
        reading.change = "up"
    counted = first.base_unit in COUNT or first.base_unit in EXTENT
    share = _is_share(phrase, first)
    if share:
        phrase += "比重"
    name = ph.clean_lead(phrase)
    name = name if share else ph.clean_tail(name)
    if (counted or first.form == "first") and not (reading.signed and ph.MEASURE_TAIL.search(name)):
        name = ph.strip_actions(ph.cut_to_object(name))
    name = name if counted and name.startswith("全国") else level_name(name)
    if counted and not reading.change:
        name = _head_noun(name)
    shorter = TRAILING_VERB.sub("", name)
    name = ph.polish(shorter if len(shorter) >= 2 else name)
    if not name or ph.COUNT_WORD.match(name) or ONLY_VERB.match(name):
        return carried(s, run, name, start)
    doubts: list[str] = []
    among = (
        re.match(r"^.{0,4}其中", ph.LEAD_PUNCTUATION.sub("", s.text[start : first.start]))
        or "其中" in s.text[max(0, start - 3) : start]
    )
    level = LEVEL_WORD.match(name)
    if s.found and (among or level) and level and counted:
        alike = [t for t in s.found if re.sub(r"（.*", "", t.unit or "").endswith(first.base_unit)] or s.found
        return [level.group("which") + without_level(alike[-1].indicator)], [TOOK_SUBJECT]
    if re.match(r"^(?:所?占(?!地面|地规)|占比)", name):
        previous = s.found[-1].indicator if s.found else owner_of(s, start)
        if previous:
            return [before_share(previous) + name.removeprefix("所")], [TOOK_SUBJECT]
    elif re.match(r"^(?:年均)?(?:增速|增长率|增幅)$", name) and s.found:
        return [before_share(s.found[-1].indicator) + name], [TOOK_SUBJECT]
    elif (
        re.fullmatch(r"[一-龥]{2}率", name)
        and s.found
        and re.search(r"[一-龥]{4}率$", s.found[-1].indicator)
        and re.match(r"[、和及与]", s.text[start:])
    ):
        return [s.found[-1].indicator[:-3] + name], [TOOK_SUBJECT]
    elif ph.GENERIC_MEASURE.match(name) or re.match(r"(?:增加值|产值|总产值|营业收入)占", name):
        owner = owner_of(s, start)
        if owner and not owner.endswith(name):
            name, doubts = owner + name, [TOOK_SUBJECT]
        else:
            doubts = ["指标名称过于笼统"]
    elif (
        (first.unit in ("%", "‰") or (reading.signed and not counted and first.unit))
        and len(run) == 1
        and not reading.change
        and not ph.MEASURE_TAIL.search(re.sub(r"（[^（）]*）$", "", name))
    ):
        measured = pending_measure(s, start, first.unit)
        if name.endswith(("行业", "领域", "区域")):
            measured = re.sub(r"^(?:重点|主要|各)?(?:行业|领域|区域|地区)", "", measured)
        if measured and not name.endswith(measured):
            return [name + measured], [TOOK_SUBJECT]
    return _distribute(s, run, name, reading), doubts


def _is_share(phrase: str, mention: Mention) -> bool:
    """“数字经济占GDP的” + 40%: a share whose noun is left out."""
    bare = re.sub(r"（[^（）]*）", "", phrase)
    return (
        mention.unit in ("%", "‰")
        and re.search(r"占(?!比|地面|地规|有率)[^，。]{1,40}$", bare) is not None
        and re.search(r"(?:比重|比例|占比|率|份额|之比|比)$", bare.rstrip("的")) is None
    )


def _head_noun(name: str) -> str:
    """“A、B、C等创新平台” → “创新平台”."""
    match = re.match(r"^(.*[^“（])等((?:[^等、（）]{0,3})[^、，]{3,})$", name)
    if (
        match
        and "、" in match.group(1)
        and not ph.GENERIC_COUNT.match(match.group(2))
        and not match.group(2).startswith("级")
    ):
        kept = ph.KEPT_VERB.match(name)
        return (kept.group() if kept else "") + match.group(2)
    return name


def _distribute(s: Sentence, run: list[Mention], name: str, reading: Reading) -> list[str]:
    """Split a list of subjects over the values."""
    size = len(run)
    if size == 2 and re.match(r"^城乡(?:常住)?居民", name):
        return [re.sub("^城乡", area, name) for area in ("城镇", "农村")]
    if size > 1:
        parts = split_conjuncts(name, size)
        if len(listed_years(s, run[0].start)) == size and len(parts) != size:
            return [name]
        return own_subject(share_affixes([ph.polish(p) for p in parts])) if len(parts) == size else [name]
    ratio = run[0].unit in RATIOS or run[0].form == "double"
    if not (ratio or reading.each):
        return [name]
    parts = split_conjuncts(name)
    if len(parts) < 2 or re.search(r"(?:差距|之差|之比|比值|之和|合计)$", name):
        return [name]
    parallel = all(
        (ph.MEASURE_TAIL.search(p) and not ph.NOT_MEASURE.search(p))
        or p.endswith(("级", "型"))
        or any(p in f and parts[-1].startswith(f) for f in ph.ALTERNATIVES)
        for p in parts[:-1]
    )
    if reading.each and not parallel and re.search(r"[和及与]", re.split("、", name)[-1]) and "、" in name:
        return re.split("、", name)  # 封闭管理、保安配备、报警和监控联网率均达到100%
    return own_subject(share_affixes(parts)) if reading.each or parallel else [name]


def _pair(run: list[Mention], names: list[str], years: list[int]) -> list[tuple[str, Mention, int | None]]:
    if len(run) == 1:
        return [(name, run[0], None) for name in names]
    if len(names) == len(run):
        return [(name, mention, None) for name, mention in zip(names, run, strict=True)]
    if len(years) == len(run):
        return [(names[0], mention, year) for mention, year in zip(run, years, strict=True)]
    return [(names[0], run[0], None)]


def _kind(s: Sentence, name: str, mention: Mention, reading: Reading) -> Kind:
    unit = mention.base_unit
    if mention.form == "double":
        return "growth"
    if mention.form == "first":
        return "count"
    if reading.change:
        if unit in ("%", "倍", "成"):
            if reading.change == "up":
                return "annual_growth" if reading.annual else "growth"
            return "change"
        return "yearly" if reading.annual else "change"
    if re.search(r"(?:年均增速|年均增长率|年均增幅|平均增速)$", name):
        return "annual_growth"
    if re.search(r"(?:增速|增长率|增幅|涨幅|降幅)$", name):
        return "growth"
    if s.yearly(mention.start):
        return "yearly"
    before = s.text[s.boundary(mention.start, 0) : mention.start]
    if ph.NEW.match(name) or re.search(r"累计|新增|新建|引进|再(?:培育|打造|建)|淘汰|改造", before):
        return "cumulative"
    if unit in ("%", "‰", "成"):
        return "share"
    return "count" if unit in COUNT else "level"
