"""Name before number: “规模以上工业增加值达到2800亿元”, “亩均产值、亩均税收分别提高60%、50%”."""

import re
from dataclasses import replace

from . import phrases as ph
from .filters import CHANGE_RATE, is_no_goal
from .lists import own_subject, share_affixes, split_conjuncts
from .numbers import Mention
from .peel import combine, peel
from .result import add
from .sentence import Kind, Reading, Sentence, clean_name
from .signs import Comparator
from .units import COUNT, EXTENT

RATIOS = ("%", "‰", "个百分点", "百分点", "倍", "成")
TOOK_SUBJECT = "指标主语取自上文"
PART_OF_LAST = "属于上一指标的一部分"
PART = re.compile(r"(?:其中)?(?:含|包括|包含)")
OWNER_END = re.compile(
    r"(?:产业|业|经济|集群|园区|开发区|产业链|行业|贸易|电商|旅游|物流|药材|奶牛|肉牛|葡萄酒|枸杞|粮食|林草|消费|金融|外贸|会展|算力|氢能|新能源|储能|新材料|装备|软件|芯片|集成电路|人工智能|大数据)$"
)
PREDICATE = re.compile(
    r"(?:不断|持续|进一步|更加|显著|明显|稳步|大幅|基本|快速|蓬勃|加快|全面|实现|取得|得到|达到|逐步|有效|稳定|较快|保持|走在|初步|力争|建设|发展|迈上|提升|壮大|成为|做大|形成|有力|健康|优化|位居)"
)
TRANSFORMED = ("改造提升", "改造", "更新改造", "治理", "修复", "整治")
BEGUN = ("新开工", "开工", "竣工", "投产", "签约", "落地")
ONLY_VERB = re.compile(
    r"^(?:新开工|开工|竣工|投产|签约|落地|改造提升|建成投运|建成通车|投运|累计|每年|年均|再)?(?:新增|净增|增加|新培育|新认定|完成|实现|达到|改造|建成|新建|培育|完成改造|新增培育|减少|建设|引进|推广|培训|总量|总数|数量|总规模|总量规模)*$"
)
LEVEL_WORD = re.compile(r"^(?P<which>[^，、]{1,12}?(?:级|类|型))$")
TRAILING_VERB = re.compile(r"(?:(?:累计|每年|年均|三年|五年)*(?:新增|净增|新培育|新认定))$")
PLACE = re.compile(
    r"^.{0,16}?(?:建成区|城区|城市|县城|城镇|乡镇|农村|行业|机关|园区|区域|地区|院校|学校|医院|机构|中学|小学|幼儿园|全市|全县)(?=.{2,}(?:率|比重|占比|比例|水平|标准|额|量)$)"
)
MEASURABLE = re.compile(
    r"(?:降低|下降|减少|削减|减排|排放|能耗|控制|强度|总量|增速|率|量|比重|占比|水平|指标|面积|投入|收入|增加值|系数|质量|浓度|用水|消耗)$"
)


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
    if first.form in ("assigned", "average"):
        _read_wordy(s, first, reading.phrase, start)
        return
    compared = None
    if first.unit in ("个百分点", "百分点", "%"):
        compared = ph.COMPARE.search(re.sub(r"(?:各|约|至少)$", "", s.text[start : first.start]))
    if compared and not reading.change and (first.unit != "%" or compared.group("noun")):
        _read_compared(s, first, compared, start)
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
        return _carried(s, run, name, start)
    doubts: list[str] = []
    among = (
        re.match(r"^.{0,4}其中", ph.LEAD_PUNCTUATION.sub("", s.text[start : first.start]))
        or "其中" in s.text[max(0, start - 3) : start]
    )
    level = LEVEL_WORD.match(name)
    if s.found and (among or level) and level and counted:
        return [level.group("which") + _without_level(s.found[-1].indicator)], [TOOK_SUBJECT]
    if re.match(r"^(?:所?占(?!地面|地规)|占比)", name):
        previous = s.found[-1].indicator if s.found else _owner(s, start)
        if previous:
            return [_before_share(previous) + name.removeprefix("所")], [TOOK_SUBJECT]
    elif re.match(r"^(?:年均)?(?:增速|增长率|增幅)$", name) and s.found:
        return [_before_share(s.found[-1].indicator) + name], [TOOK_SUBJECT]
    elif (
        re.fullmatch(r"[一-龥]{2}率", name)
        and s.found
        and re.search(r"[一-龥]{4}率$", s.found[-1].indicator)
        and re.match(r"[、和及与]", s.text[start:])
    ):
        return [s.found[-1].indicator[:-3] + name], [TOOK_SUBJECT]
    elif ph.GENERIC_MEASURE.match(name):
        owner = _owner(s, start)
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
        measured = _pending_measure(s, start, first.unit)
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


def level_name(name: str) -> str:
    """“装备制造业实现产值” → “装备制造业产值”; verbs in front of a level are dropped."""
    for _ in range(3):
        match = ph.LEAD_PIVOT.match(name)
        if not match or ph.KEPT_VERB.match(name):
            break
        name = ph.clean_lead(name[match.end() :])
    name = ph.BUDGET.sub("", name)
    inner = re.match(
        rf"^(.{{2,24}}?)(?:全年|预计|累计|力争)?(?:实现|完成(?!率|度)|形成|创造)((?:年|全年|全口径|综合|全产业链)?[^，]{{0,14}}?{ph.MEASURE_NOUN})$",
        name,
    )
    if inner and ph.MEASURE_TAIL.search(inner.group(2)):
        name = inner.group(1) + inner.group(2)
    return re.sub(rf"^(?:{ph.AREA}|全国)(?=.{{2,}})", "", name)


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


def _without_level(name: str) -> str:
    return re.sub(r"^(?:新增|净增)?(?:[^，、]{1,6}?(?:级(?:以上|及以上)?|类|型))?(?=.{2,})", "", name, count=1)


def _before_share(name: str) -> str:
    """The part whose share is told: “X占Y的比重” grows as X."""
    return re.sub(r"占(?!地面|地规)[^占]*(?:比重|比例|份额|率)$", "", name) or name


def _carried(s: Sentence, run: list[Mention], name: str, start: int) -> tuple[list[str], list[str]]:
    """Names for “年均增长8%”, “总量达到680家” or “其中2022年完成改造90公里”, which name nothing themselves."""
    told = _told_before(s, start)
    if told and not name and len(run) == 1:
        return [told], [TOOK_SUBJECT]
    counted = run[0].base_unit in COUNT or run[0].base_unit in EXTENT
    if s.found:
        previous = s.found[-1].indicator
        if ph.COUNT_WORD.match(name):
            base = re.sub(r"^(?:新增|净增|新培育|新认定|新引进)", "", previous)
            return ([base + name] if not base.endswith(name) else [base]), [TOOK_SUBJECT]
        if run[0].unit not in RATIOS and re.search(r"(?:年均)?(?:增速|增长率|增幅)$", previous):
            previous = re.sub(r"(?:年均)?(?:增速|增长率|增幅)$", "", previous)
        if re.search(r"增长|增加|增速|递增", s.text[start : run[0].start]):
            previous = _before_share(previous)
        if len(run) > 1 and len(s.last_run) == len(run):
            return list(s.last_run), [TOOK_SUBJECT]
        if len(run) > 1 and len(s.found) >= len(run):
            return [t.indicator for t in s.found[-len(run) :]], [TOOK_SUBJECT]
        if counted:
            alike = [t.indicator for t in s.found if (t.unit or "").endswith(run[0].base_unit)]
            previous = re.sub(r"^(?:新开工|开工|竣工|投产|签约|落地)", "", alike[-1] if alike else previous)
        if name in BEGUN:
            return [name + previous], [TOOK_SUBJECT]
        if name in TRANSFORMED and name not in previous:
            return [previous + name], [TOOK_SUBJECT]
        if "均" in s.text[start : run[0].start] and len(s.last_run) > 1:
            return list(s.last_run), [TOOK_SUBJECT]
        return [previous] * (1 if len(listed_years(s, run[0].start)) == len(run) else len(run)), [TOOK_SUBJECT]
    if s.spoken and not name and len(run) == 1 and ph.MEASURE_TAIL.search(s.spoken):
        return [s.spoken], [TOOK_SUBJECT]
    owner = _owner(s, start)
    if owner and name:
        return [owner + name], [TOOK_SUBJECT]
    return ([name], ["指标缺少主语"]) if len(name) >= 2 and not ONLY_VERB.match(name) else ([], [])


def _told_before(s: Sentence, start: int) -> str:
    """“留省就业率逐年提高，到2027年达到65%”: a measure whose clause has a predicate but no value."""
    clauses = [c for c in re.split(r"[，；：]", s.text[max(s.cursor, start - 160) : start]) if c]
    for clause in reversed(clauses[-6:]):
        cut = re.search(r"(?:不断|持续|逐年|逐步|进一步|稳步|显著|明显|大幅|稳定|有效|快速|平稳)", clause)
        name = clean_name(clause[: cut.start()]) if cut and cut.start() >= 3 else ""
        if name and ph.MEASURE_TAIL.search(name):
            return name
    return ""


def _pending_measure(s: Sentence, start: int, unit: str | None) -> str:
    """“接入率分别为：石化行业90%、钢铁行业85%”: what the percentages of a list measure."""
    head = s.text[s.boundary(start - 1, 0) if start else 0 : start]
    if head.endswith("："):
        name = clean_name(peel(head.rstrip("：")).phrase)
        if ph.MEASURE_TAIL.search(name):
            s.pending = name
            return name
    if head.endswith("，") and not re.search(r"\d", head):
        name = clean_name(head.rstrip("，"))
        if ph.ENDS_RATE.search(name) and ph.MEASURE_TAIL.search(name) and not PREDICATE.search(name):
            s.pending = name
            return name
    for target in reversed(s.found):
        if target.unit == unit:
            if s.pending and target.indicator.endswith(s.pending):
                return s.pending
            name = PLACE.sub("", target.indicator)
            whole = ph.ENDS_RATE.search(name) if unit in ("%", "‰") else name != target.indicator
            return name if whole and len(name) <= 14 else ""
    return ""


def _owner(s: Sentence, start: int) -> str:
    """Whom a bare 产值 or 营业收入 belongs to: the indicator before, an earlier clause, or the measure's subject."""
    if s.found:
        previous = s.found[-1].indicator
        match = ph.MEASURE_TAIL.search(previous)
        subject = re.sub(
            r"^(?:新增|净增|新建|引进)", "", previous[: match.start()] if match and match.start() >= 2 else previous
        )
        return ph.polish(re.sub(r"(?:占[^占]*|的)$", "", subject))
    for piece in reversed(re.split(r"[，；：。]", s.text[max(0, start - 160) : start])[-6:]):
        body = ph.strip_actions(ph.clean_lead(piece))
        cut = PREDICATE.search(body)
        if cut and cut.start() >= 2:
            body = body[: cut.start()]
        body = ph.clean_tail(body)
        if 2 <= len(body) <= 20 and OWNER_END.search(body):
            return ph.polish(body)
    return s.context.owner


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


def listed_years(s: Sentence, at: int) -> list[int]:
    """“到2025年、2027年，…分别达到10%、15%” → [2025, 2027]."""
    chain: list[tuple[int, int]] = []
    for year in s.years:
        if year.end > at or year.role != "goal":
            continue
        if (
            chain
            and re.fullmatch(r"年?(?:底|末)?(?:、|和|及|，到|和到|、到|与)", s.text[chain[-1][0] : year.start]) is None
        ):
            chain = []
        chain.append((year.end, year.year))
    return [y for _, y in chain] if len(chain) > 1 else []


def _pair(run: list[Mention], names: list[str], years: list[int]) -> list[tuple[str, Mention, int | None]]:
    if len(run) == 1:
        return [(name, run[0], None) for name in names]
    if len(names) == len(run):
        return [(name, mention, None) for name, mention in zip(names, run, strict=True)]
    if len(years) == len(run):
        return [(names[0], mention, year) for mention, year in zip(run, years, strict=True)]
    return [(names[0], run[0], None)]


def _read_wordy(s: Sentence, mention: Mention, phrase: str, start: int) -> None:
    """完成国家下达目标; 高于全国平均水平: no number of its own."""
    name = ph.polish(ph.clean_tail(level_name(ph.clean_lead(phrase))))
    s.cursor = mention.end
    if not name and s.found and mention.form == "average":
        name = s.found[-1].indicator
    words = s.text[mention.start : mention.end]
    if not name and mention.form == "assigned":
        inner = re.search(
            r"(?:下达|核定|分解|规定|确定)的?(?P<what>[^，。；]{3,24}?)(?:控制)?(?:目标任务|目标|任务|指标|要求)$",
            words,
        )
        name = ph.polish(inner.group("what")) if inner else ""
    for part in share_affixes(split_conjuncts(name)) if "、" in name else [name]:
        if (
            len(part) < 3
            or not MEASURABLE.search(part)
            or (mention.form == "average" and re.search(r"(?:水平|质量)$", part))
        ):
            continue
        sign: Comparator = ">="
        if mention.form == "average":
            sign = "<" if words.startswith("低于") else ">=" if words.startswith("达到") else ">"
        elif "控制在" in words or "以内" in words:
            sign = "<="
        reason = "未给出数值，由上级下达" if mention.form == "assigned" else "未给出数值，以平均水平为准"
        kind: Kind = "level"
        if re.search(r"(?:降低|下降|减少)$", part):
            kind = "change"
        elif part.endswith(("率", "比重", "占比")):
            kind = "share"
        elif part.endswith(("增速", "增长率")):
            kind = "growth"
        add(s, part, sign, replace(mention, value=float("nan")), kind, start, mention.end, [reason])


def _read_compared(s: Sentence, mention: Mention, match: re.Match[str], start: int) -> None:
    """“增速高于全区GDP增速1个百分点”."""
    noun = match.group("noun") or ""
    noun = {"年均增长": "年均增速", "增长": "增速"}.get(noun, noun)
    name = ph.polish(ph.clean_tail(level_name(ph.clean_lead(s.text[start : start + match.start()]))))
    doubts: list[str] = []
    if not name:
        previous = s.found[-1].indicator if s.found else _owner(s, start)
        name, doubts = _before_share(previous), [TOOK_SUBJECT]
    if not noun and not re.search(r"(?:增速|率|比重|占比|增幅)$", name):
        doubts.append("比较对象需要核对")
    after = s.sign_after(mention)
    sign: Comparator = "<=" if match.group("sign") in ("低于", "慢于") else "=" if after == "左右" else ">="
    kind: Kind = "annual_growth" if "年均" in noun else "growth" if "增" in noun or "增" in name[-3:] else "change"
    add(s, name if name.endswith(noun) else name + noun, sign, mention, kind, start, s.stop(mention), doubts)
    s.cursor = s.stop(mention)


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
    if re.search(r"(?:增速|增长率|增幅)$", name):
        return "growth"
    if s.yearly(mention.start):
        return "yearly"
    before = s.text[s.boundary(mention.start, 0) : mention.start]
    if ph.NEW.match(name) or re.search(r"累计|新增|新建|引进|再(?:培育|打造|建)|淘汰|改造", before):
        return "cumulative"
    if unit in ("%", "‰", "成"):
        return "share"
    return "count" if unit in COUNT else "level"
