"""Whom a value belongs to when its own words name nothing, and how the names of levels are cleaned."""

import re

from . import phrases as ph
from .numbers import Mention
from .peel import peel
from .sentence import Sentence, clean_name
from .units import COUNT, EXTENT

RATIOS = ("%", "‰", "个百分点", "百分点", "倍", "成")
TOOK_SUBJECT = "指标主语取自上文"
OWNER_END = re.compile(
    r"(?:产业|业|经济|集群|园区|开发区|产业链|行业|贸易|电商|旅游|物流|药材|奶牛|肉牛|葡萄酒|枸杞|粮食|林草|消费|金融|外贸|会展|算力|氢能|新能源|储能|新材料|装备|软件|芯片|集成电路|人工智能|大数据)$"
)
# 招商引资工作目标任务是到位资金: what is announced, not the announcement
AIM_IS = re.compile(r"^[^，。；]{0,24}(?:目标|任务|指标)(?:是|为)(?=.{2,})")
YEAR_SPAN = re.compile(r"(?<![（\d])(20\d\d)年?[—\-~至]{1,2}(20\d\d)年")
PREDICATE = re.compile(
    r"(?:不断|持续|进一步|更加|显著|明显|稳步|大幅|基本|快速|蓬勃|加快|全面|实现|取得|得到|达到|逐步|有效|稳定|较快|保持|走在|初步|力争|建设|发展|迈上|提升|壮大|成为|做大|形成|有力|健康|优化|位居)"
)
TRANSFORMED = ("改造提升", "改造", "更新改造", "治理", "修复", "整治")
BEGUN = ("新开工", "开工", "竣工", "投产", "签约", "落地")
ONLY_VERB = re.compile(
    r"^(?:新开工|开工|竣工|投产|签约|落地|改造提升|建成投运|建成通车|投运|累计|每年|年均|再)?(?:新增|净增|增加|新培育|新认定|完成|实现|达到|改造|建成|新建|培育|完成改造|新增培育|减少|建设|引进|推广|培训|总量|总数|数量|总规模|总量规模)*$"
)
PLACE = re.compile(
    r"^.{0,16}?(?:建成区|城区|城市|县城|城镇|乡镇|农村|行业|机关|园区|区域|地区|院校|学校|医院|机构|中学|小学|幼儿园|全市|全县)(?=.{2,}(?:率|比重|占比|比例|水平|标准|额|量)$)"
)


def level_name(name: str) -> str:
    """“装备制造业实现产值” → “装备制造业产值”; verbs in front of a level are dropped."""
    for _ in range(3):
        match = ph.LEAD_PIVOT.match(name)
        if not match or ph.KEPT_VERB.match(name):
            break
        name = ph.clean_lead(name[match.end() :])
    name = ph.BUDGET.sub("", AIM_IS.sub("", name))
    inner = re.match(
        rf"^(.{{2,24}}?)(?:全年|预计|累计|力争)?(?:实现|完成(?!率|度)|形成|创造)((?:年|全年|全口径|综合|全产业链)?[^，]{{0,14}}?{ph.MEASURE_NOUN})$",
        name,
    )
    if inner and ph.MEASURE_TAIL.search(inner.group(2)):
        name = inner.group(1) + inner.group(2)
    return re.sub(rf"^(?:{ph.AREA}|全国(?!性))(?=.{{2,}})", "", name)


def without_level(name: str) -> str:
    return re.sub(
        r"^(?:新增|净增)?(?:[^，、]{1,6}?(?:级(?:以上|及以上)?|类|型|[国省市县]性))?(?=.{2,})", "", name, count=1
    )


def before_share(name: str) -> str:
    """The part whose share is told: “X占Y的比重” grows as X."""
    return re.sub(r"占(?!地面|地规)[^占]*(?:比重|比例|份额|率)$", "", name) or name


def carried(s: Sentence, run: list[Mention], name: str, start: int) -> tuple[list[str], list[str]]:
    """Names for “年均增长8%”, “总量达到680家” or “其中2022年完成改造90公里”, which name nothing
    themselves.
    """
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
            previous = before_share(previous)
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
    owner = owner_of(s, start)
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


def pending_measure(s: Sentence, start: int, unit: str | None) -> str:
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


def owner_of(s: Sentence, start: int) -> str:
    """Whom a bare 产值 or 营业收入 belongs to: the indicator before, an earlier clause, or the measure's
    subject.
    """
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


def listed_years(s: Sentence, at: int) -> list[int]:
    """“到2025年、2027年，…分别达到10%、15%” → [2025, 2027]; “2026—2027年，…分别达到…” → [2026, 2027]."""
    spans = list(YEAR_SPAN.finditer(s.text, 0, at))
    if spans and "分别" in s.text[spans[-1].end() : at]:
        return list(range(int(spans[-1].group(1)), int(spans[-1].group(2)) + 1))
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
