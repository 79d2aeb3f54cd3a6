"""Ways to say a goal that put the verb behind the number, or where no verb of action stands: 5个项目全面建成,
加快3个枢纽建设, 与300家企业开展对接, 安排20%的工位给…, 拟按12%安排."""

import re

from . import phrases as ph
from .counted import FINISHED, emit, noun_after
from .filters import EMPTY_HEADS, acts
from .numbers import Mention
from .peel import combine, peel
from .result import add
from .sentence import Kind, Sentence
from .subjects import level_name
from .units import COUNT, EXTENT

ONLY_PUSHED = "只说加快推进，未说建成"
REPHRASED = "由“比例+对象”的说法改写"
_MANNER = r"(?:全面|全部|基本|如期|陆续|率先|同步|均|都|正式|顺利|按期|相继|力争|计划|将|要|实现|年内|提前|同时|高质量|高标准|分批|已|拟)"
COMPLETED = re.compile(
    rf"(?P<what>[^，。；：]{{2,60}}?){_MANNER}*(?:建成(?:投产|投用|投运|运营|通车|并投用|并投入使用|启用)?|投产(?:达产|达效)?|投运|投用|竣工(?:投产|验收)?|完工|开工(?:建设)?|通车|落成|启用|投入(?:使用|运营|运行)|开业|"
    r"并网(?:发电)?|贯通|挂牌(?:运行|运营)?|开园|开馆|揭牌|完成(?:建设|验收|改造|治理|整治|搬迁|升级))(?=[，。；、]|$)"
)
PUSHING = r"(?:加快|抓紧|抓好|加速|提速|全力推动|全速推进|统筹推进|协同推进)"
PUSHED = re.compile(rf"{PUSHING}(?:推进|推动|实施)?(?:[^，。；]{{0,12}}?等)?(?:\d[^，。；]{{0,40}}?[、和及与])*$")
PUSHED_END = re.compile(
    r"(?P<what>[^，。；]{2,60}?)(?:项目)?(?:(?:规划|提质|开工|前期|配套)?(?:建设|改造|创建|实施|推进|施工|升级|扩建|迁建|整治|工作|进度|步伐))(?:进度|步伐)?(?=[，。；]|$)"
)
PARTNERS = re.compile(
    r"(?P<who>[^，。；、\d的]{1,18}?)"
    r"(?P<what>(?:开展|建立|签订|签署|达成|进行|形成|结成|缔结|实现|深化|保持|完成)[^，。；]{2,20}|(?:签约|合作|结对|对接|共建)[^，。；]{0,12})(?=[，。；]|$)"
)
SET_ASIDE = re.compile(
    r"(?P<verb>安排|拿出|预留|划出|留出|切出|腾出|提取|保证|留足)(?:不低于|不少于|至少|不超过|约|出)?$"
)
SET_FOR = re.compile(
    r"(?P<of>的)?(?P<who>[^，。；、]{0,12}?)(?P<what>(?:免费|优先|专门|专项|无偿|集中|重点|定向|直接)*(?:提供给|用于|供给|面向|支持|投向|租给|出租给|配租给|留给|交给|让给|分配给|配置给|保障|投入|给予)[^，。；]{2,24})(?=[，。；]|$)"
)
COVERED = re.compile(r"的(?P<who>[^，。；、的]{2,14})(?=[，。；]|$)")  # “互联网+监管”覆盖90%以上的高危企业
PLANNED = re.compile(r"(?:拟|预期|计划|暂|初步|预计)?按照?(?P<sign>不低于|不高于|不超过|约)?$")
PLANNED_END = re.compile(
    r"(?:左右|以内|以上)?的?(?:增幅|增速|比例|速度|目标|口径)?(?:安排|把握|测算|掌握|考虑|编制|设定|预计|控制)"
)


def read_undertaking(s: Sentence, mention: Mention, following: Mention | None) -> bool:
    """True when the value was read here."""
    unit = mention.base_unit
    if unit in COUNT or unit in EXTENT:
        return _partners(s, mention) or _completed(s, mention, following) or _pushed(s, mention, following)
    if unit == "%":
        return _set_aside(s, mention) or _planned(s, mention) or _covered(s, mention)
    return False


def _completed(s: Sentence, mention: Mention, following: Mention | None) -> bool:
    stop = s.stop(mention)
    ends = COMPLETED.match(s.text, stop)
    if ends is None or FINISHED.match(s.text[stop:]) or acts(s, mention.start):
        return False
    start = s.boundary(mention.start)
    before = ph.clean_tail(ph.clean_lead(s.text[start : mention.start]))
    if (before and before != "年内" and not before.endswith(("等", "推动", "确保"))) or not (
        s.aims(mention.start) or s.context.goal_year
    ):
        return False
    name, end = noun_after(s, stop, following)
    if following is None or following.start >= ends.end("what"):
        name, end = ph.polish(ends.group("what").removeprefix("的")), ends.end()
    if len(name) < 2 or re.search(r"的$|不|未", name):
        return False
    emit(s, mention, name, start, end, peel(s.text[start : mention.start]))
    return True


def _pushed(s: Sentence, mention: Mention, following: Mention | None) -> bool:
    start = s.boundary(mention.start, 0)
    if PUSHED.search(s.text[start : mention.start]) is None:
        return False
    stop = s.stop(mention)
    ends = PUSHED_END.match(s.text, stop)
    if ends is None:
        return False
    name, end = noun_after(s, stop, following)
    if following is None or following.start >= ends.end("what"):
        name, end = ph.polish(ends.group("what").removeprefix("的")), ends.end()
    emit(s, mention, name, max(start, s.cursor), end, peel(s.text[start : mention.start]), doubts=[ONLY_PUSHED])
    return True


def _partners(s: Sentence, mention: Mention) -> bool:
    start = s.boundary(mention.start)
    before = s.text[start : mention.start]
    if not re.search(
        r"(?:与|同)(?:[^，。；]{0,24}等)?(?:国内外|省内外|海内外|全国|全省|全市|周边|超过|不少于|至少)*$", before
    ):
        return False
    found = PARTNERS.match(s.text, s.stop(mention))
    if found is None or EMPTY_HEADS.search(found.group("who")):
        return False
    emit(s, mention, f"{found.group('what')}的{found.group('who')}", start, found.end(), peel(before))
    return True


def _set_aside(s: Sentence, mention: Mention) -> bool:
    start = s.boundary(mention.start)
    before = s.text[start : mention.start]
    verb = ph.at_end(SET_ASIDE, before)
    found = SET_FOR.match(s.text, s.stop(mention)) if verb else None
    if verb is None or found is None:
        return False
    subject = ph.clean_tail(ph.clean_lead(re.sub(r"(?:要|应|须|需|可|将|必须|应当)$", "", before[: verb.start()])))
    name = subject + found.group("who") + found.group("what") + "比例"
    sign = combine(peel(before).sign, s.sign_after(mention))
    add(s, name, sign, mention, "share", start, found.end(), [REPHRASED])
    s.cursor = found.end()
    return True


def _covered(s: Sentence, mention: Mention) -> bool:
    start = s.boundary(mention.start)
    before = s.text[start : mention.start]
    found = COVERED.match(s.text, s.stop(mention))
    if found is None or not re.search(r"[^，]{2}覆盖(?:全[市省县区])?(?:超过|不低于)?$", before):
        return False
    reading = peel(before)
    subject = ph.polish(ph.clean_tail(level_name(ph.clean_lead(re.sub(r"覆盖(?:全[市省县区])?$", "", reading.phrase)))))
    if len(subject) < 2:
        return False
    sign = combine(reading.sign, s.sign_after(mention))
    add(s, f"{subject}覆盖{found.group('who')}比例", sign, mention, "share", start, found.end(), [REPHRASED])
    s.cursor = found.end()
    return True


def _planned(s: Sentence, mention: Mention) -> bool:
    start = s.boundary(mention.start)
    before = s.text[start : mention.start]
    lead = ph.at_end(PLANNED, before)
    end = PLANNED_END.match(s.text, mention.end)
    if lead is None or end is None or not lead.group().strip():
        return False
    reading = peel(before[: lead.start()])
    name = ph.polish(ph.clean_tail(level_name(ph.clean_lead(reading.phrase))))
    if len(name) < 2:
        return False
    after = s.sign_after(mention)
    said = lead.group("sign") or ""
    sign = combine(peel(said).sign if said else None, after) if said or after else "="
    kind: Kind = "share"
    if reading.change == "down":
        kind = "change"
    elif reading.change or name.endswith(("增速", "增幅", "涨幅", "增长率")):
        kind = "annual_growth" if reading.annual or "年均" in name else "growth"
    add(s, name, sign, mention, kind, start, end.end(), [], down=reading.change == "down")
    s.cursor = end.end()
    return True
