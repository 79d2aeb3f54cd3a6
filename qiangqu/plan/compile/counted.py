"""Number before noun: “培育30个以上试点企业”, “打造2个—3个千亿级、4个—5个500亿级园区”,
“80%以上的企业完成改造”.
"""

import re

from . import phrases as ph
from .filters import EMPTY_HEADS, HAS_CAPACITY, PROJECT_LIKE, SKIP_BEFORE, SKIP_START, acts, unsigned
from .numbers import Mention
from .peel import combine, peel
from .result import add
from .sentence import Kind, Reading, Sentence
from .signs import AFTER, SIGN_BEFORE
from .units import COUNT, EXTENT

INVERTED = re.compile(
    r"(?:以上|左右)?(?:的)?(?P<who>[^，。；、的]{0,18}?(?:企业|学校|医院|乡镇|机构|村|社区|园区|家庭|农户|县|市|区|设备|产品|建筑|单位|人员|教师|中小学|人口|居民|县城|行政村|院校|服务中心|卫生院|干部|用户|车辆|项目|小区|街道|灌区|面积|医疗机构|卫生机构))"
    r"(?P<what>(?:全面|基本)?(?:消除|实现|完成|达到|建有|设立|开展|建立|具备|接入|应用|实施|拥有|通过|建成|使用|参加|配备|上|有|进入|纳入|开设|覆盖|获得|成为)[^，。；]{2,24})(?=[，。；]|$)"
)
AMONG = re.compile(
    r"(?:以上|左右)?(?P<what>(?:达到|实现|完成|建有|开展|具备|通过|接入|应用)[^，。；]{2,20})(?=[，。；]|$)"
)
OF_MEASURE = re.compile(r"(?:以上|左右)?的(?P<name>[^，。；、]{1,12})(?=[，。；]|$)")
FUND = re.compile(r"(?P<size>总规模|首期规模|首期|规模|总额)(?:不低于|不少于|超过|达到|达|约)*$")
FINISHED = re.compile(r"^((?:重点|重大|产业|工业)*项目)(竣工投产|开工建设|建成投产|竣工|投产|开工|落地|签约)")
BATCH = re.compile(
    r"(?:、|和|及|以及|与|并)(?:一批|若干|培育一批|打造|形成|推动|建设|带动|开展|培育|实施|力争|确保|争取|完善|建立|发展|加快|支持|引导)"
)
FOLLOWED = re.compile(
    r"([^，。；]{2,20}?(?:企业|园区|学校|医院|村|社区|项目|机构|县|产品|品牌))(?:实现|完成|达到|进入|纳入|列入|入选|开展|参加|参与|成功|获得|通过|上榜|建成|投产|投入|面向)"
)
# “40名能够攻克共性难题、发展海洋产业的首席科学家”: the head noun behind a description that is a list of its
# own.
LONG_ATTRIBUTE = re.compile(
    r"的?(?:能够?|可以?|具有|具备|掌握|拥有|善于|熟悉|精通|懂|会|从事|立足|服务|引领|带动|面向|符合|突破|攻克|推动|支撑|适应|覆盖|串联|连接|贯通|融合|涵盖|辐射|整合|体现|展示|传承|集|以)"
    r"(?=[^。；，\d]{2,60}[、和与及])[^。；，\d]{6,60}的(?P<head>[^的。；，、\d]{2,20})(?=[，。；、]|$)"
)
KEPT_TAIL = re.compile(r"(新增|净增|改造|淘汰|关停|培训|治理|整治|修复|盘活|压减|带动|吸引|吸纳|年产)$")


def read_inverted(s: Sentence, mention: Mention) -> bool:
    """“80%以上的规上企业完成改造” → 规上企业完成改造比例; “保持8%以上的增速” → …增速."""
    if mention.unit != "%":
        return False
    start = s.boundary(mention.start)
    before = s.text[start : mention.start]
    match = INVERTED.match(s.text, mention.end)
    if (
        match
        and (not peel(before).signed or re.search(r"(?:确保|推动|实现|超过|达到)$", before))
        and not peel(before).change
    ):
        name = match.group("who") + match.group("what") + "比例"
        add(
            s,
            name,
            AFTER.get(s.sign_after(mention), ">="),
            mention,
            "share",
            start,
            match.end(),
            ["由“比例+对象”的说法改写"],
        )
        s.cursor = match.end()
        return True
    among = re.search(r"([^，。；]{3,24})中$", before)
    doing = AMONG.match(s.text, mention.end)
    if among and doing:
        name = ph.polish(ph.clean_lead(among.group(1))) + doing.group("what") + "比例"
        add(
            s,
            name,
            combine(None, s.sign_after(mention)),
            mention,
            "share",
            start,
            doing.end(),
            ["由“比例+对象”的说法改写"],
        )
        s.cursor = doing.end()
        return True
    own = OF_MEASURE.match(s.text, mention.end)
    if (
        own
        and ph.MEASURE_TAIL.search(own.group("name"))
        and re.search(r"(?:保持|实现|达到|具备|形成|维持|保持在)$", before)
    ):
        name = ph.polish(
            ph.clean_tail(ph.clean_lead(re.sub(r"(?:保持|实现|达到|具备|形成|维持|保持在)$", "", before)))
        ) + own.group("name")
        kind: Kind = (
            "annual_growth" if "年均" in before + name else "growth" if re.search(r"增速|增长", name) else "share"
        )
        add(s, name, combine(None, s.sign_after(mention)), mention, kind, start, own.end(), [])
        s.cursor = own.end()
        return True
    return False


def read_counted(s: Sentence, mention: Mention, following: Mention | None) -> bool:
    """Number before noun. True when it was read, or refused, here."""
    unit = mention.base_unit
    if mention.unit is None or unit in ("%", "‰", "个百分点", "百分点", "倍", "成"):
        return False
    stop = s.stop(mention)
    if re.match(r"的(?=[^，。；、]{2,})", s.text[stop:]):
        stop += 1
    after = s.text[stop:]
    if not after or ph.STOP_AFTER.match(after) or not re.match(r"[一-龥“《A-Za-z0-9（]", after):
        return False
    if after.startswith("（") and not re.match(r"（[^（）]{1,20}）[一-龥]", after):
        return False
    start = s.boundary(mention.start)
    before = s.text[start : mention.start]
    reading = peel(before)
    bare = ph.strip_actions(ph.clean_tail(reading.phrase))
    acting = acts(s, mention.start)
    if unit not in COUNT and unit not in EXTENT:
        return _read_level(s, mention, following, stop, start, before, reading, bare, acting)
    if ph.at_end(SKIP_BEFORE, before.rstrip()) and not reading.signed:
        return True
    finished = FINISHED.match(after)
    if finished and s.aims(mention.start):
        emit(s, mention, finished.group(2) + finished.group(1), start, stop + finished.end(), reading)
        return True
    name, end = noun_after(s, stop, following)
    if not name or EMPTY_HEADS.search(name):
        s.cursor = stop if name else s.cursor
        return True
    if reading.signed and bare and ph.MEASURE_TAIL.search(bare) and not acting:
        return False
    if not (acting or reading.signed or _allowed(s, mention, before, reading)):
        return True  # part of a description: the words stay for the next value
    if (mention.value == 1 and unit in ("次", "场", "期")) or (
        unit == "次" and not re.search(r"活动|赛|展|培训|演练", name)
    ):
        s.cursor = end
        return True
    s.acting = True
    emit(s, mention, _kept(before) + _shared_head(s, name, end, following), start, end, reading)
    return True


def _read_level(
    s: Sentence,
    mention: Mention,
    following: Mention | None,
    stop: int,
    start: int,
    before: str,
    reading: Reading,
    bare: str,
    acting: bool,
) -> bool:
    """“新增200万千瓦储能装机”, “设立规模30亿元的基金”; otherwise the quantity describes a thing
    (100万吨乙烯项目).
    """
    name, end = noun_after(s, stop, following)
    fund = ph.at_end(FUND, before)
    if fund and re.search(r"(?:基金|基金群|资金|资金池|贷款)$", name):
        size = fund.group("size")
        emit(s, mention, name if name.endswith(size) or size == "规模" else name + size, start, end, reading, "level")
        return True
    if reading.signed and bare and (ph.MEASURE_TAIL.search(bare) or not acting):
        return False
    own = re.match(
        r"(?:的)?(?:年)?[^，。；、]{0,6}(?:能力|产能|规模)(?=[，。；]|$)", s.text[stop - (s.text[stop - 1] == "的") :]
    )
    has = ph.at_end(HAS_CAPACITY, before) is not None
    acting = acting or has
    if own and (s.acting or (bare and not has and not (acting and ph.ENDS_IN_ACTION.fullmatch(bare)))):
        return False  # 形成…20吉瓦的年生产能力: read as named, the ending is shared later
    if (
        acting
        and name
        and not PROJECT_LIKE.search(name)
        and not re.match(r"(?:建设|实施|用于|支持|开展|打造|改造|新建|以)", name)
    ):
        emit(s, mention, _kept(before) + name.removeprefix("的"), start, end, reading, "level")
        return True
    return True


def _allowed(s: Sentence, mention: Mention, before: str, reading: Reading) -> bool:
    """Whether the words before a bare “N个X” make it a goal."""
    cleaned = ph.clean_lead(before)
    if re.match(r"^[、和及与]|^以及", before) and s.acting:
        return True
    if before.endswith("等"):
        return re.search(r"打造|构建|建设|培育|形成|创建", s.text[: mention.start]) is not None
    if SKIP_START.match(cleaned):
        return False
    if not ph.clean_tail(cleaned):
        return s.acting or bool(s.found and s.context.in_goals) or reading.annual or s.yearly(mention.start)
    if "、" in before and ph.STRONG_ACTION.search(s.text[: mention.start]):
        return True
    if ph.LEAD_ACTION.match(cleaned):
        return True
    # “推动100家企业…”: a pivot verb is enough; everything else only describes.
    return ph.at_end(ph.PIVOT_END, unsigned(before)) is not None


def _kept(before: str) -> str:
    """A verb that belongs to the name: 新增, 改造 …"""
    match = ph.at_end(KEPT_TAIL, unsigned(ph.clean_lead(before)))
    return match.group(1) if match else ""


def noun_after(s: Sentence, stop: int, following: Mention | None) -> tuple[str, int]:
    """Noun phrase that starts at ``stop`` and where it ends."""
    end = stop
    depth = 0
    limit = following.start if following else len(s.text)
    while end < limit:
        char = s.text[end]
        if char in "（“《":
            depth += 1
        elif char in "）”》":
            depth -= 1
            if depth < 0:
                break
        elif depth == 0 and char in "，。；：！？":
            break
        end += 1
    phrase = s.text[stop:end]
    if following and end == limit:
        # A list goes on: “5个国家级平台和10个省级平台”.
        joints = list(re.finditer(r"、|以及|和|及(?!时)|与|并", phrase))
        if joints:
            end = stop + joints[-1].start()
            phrase = s.text[stop:end]
    each = re.search(r"(?:户均|人均|年均|每户|每人)", phrase)
    if each and each.start() >= 2:
        end = stop + each.start()
        phrase = phrase[: each.start()]
    used = re.search(r"(?:资金|基金|贷款|债券)(?=支持|用于|扶持|推动)", phrase)
    if used:
        end = stop + used.end()
        phrase = phrase[: used.end()]
    described = LONG_ATTRIBUTE.match(s.text, stop)
    if described and not (following and following.start < described.end()):
        return ph.polish(described.group("head")), described.end()
    batch = BATCH.search(phrase)
    if batch:
        end = stop + batch.start()
        phrase = phrase[: batch.start()]
    if following and end == limit and SIGN_BEFORE.search(phrase):
        # 推动2家整车企业年产能提升至40万辆: the words up to the sign name the next value
        holder = re.match(r".{1,14}?(?:企业|公司|园区|县|村|机构|学校|医院|工厂|基地|项目)(?=.{3,})", phrase)
        if holder:
            return ph.polish(holder.group()), stop + holder.end()
    verb = FOLLOWED.match(phrase)
    if verb and not ph.GENERIC_COUNT.match(verb.group(1)):
        phrase = verb.group(1)
    return ph.polish(phrase), end


def _shared_head(s: Sentence, name: str, end: int, following: Mention | None) -> str:
    """“120个企业级、20个行业级互联网平台”: the first name borrows the head noun of the second."""
    if not following or not re.match(r"[、和及与]|以及", s.text[end : end + 2]):
        return name
    other, _ = noun_after(s, s.stop(following), None)
    if re.search(r"[过超][千百十\d]*亿元?$", name) and "的" in other[1:-1]:
        return f"{name}的{other.rpartition('的')[2]}"  # 1家收入过千亿、3家收入过百亿的龙头企业
    if not re.search(r"(?:级|型|类|性|产)$", name):
        return name
    head = re.match(r"^.{1,10}?(?:级|型|类|性|产)([^、]+)", other)
    return name + head.group(1) if head else name


def emit(
    s: Sentence,
    mention: Mention,
    name: str,
    start: int,
    end: int,
    reading: Reading,
    level: Kind = "count",
    doubts: list[str] | None = None,
) -> None:
    """Put a counted thing on the list; new things are cumulative, what is done every year is yearly."""
    sign = combine(reading.sign, s.sign_after(mention))
    kind: Kind = level
    if s.yearly(mention.start):
        kind = "yearly"
    elif ph.NEW.match(name) or re.search(r"累计|新增|新建|引进|再$|淘汰|改造", s.text[start : mention.start]):
        kind = "cumulative"
    add(s, name, sign, mention, kind, start, end, doubts or [])
    s.cursor = end
