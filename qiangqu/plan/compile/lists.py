"""Lists of subjects: “亩均产值、亩均税收、投资强度”, “公交、出租、环卫车辆新能源化率”."""

import re
from collections.abc import Callable

from . import phrases as ph

_MASK = str.maketrans("、和与及", "\x01\x02\x03\x04")
_UNMASK = str.maketrans("\x01\x02\x03\x04", "、和与及")
JOINT = re.compile(r"以及|及其|及|和|与|或")
# Where the part that a list shares may begin: 环卫|车辆新能源化率, 水产品|产地低温处理率.
SHARED_START = re.compile(
    r"(?:亩均|单位面积|本地|就近|自主|产地|车辆|公交|综合|排放|总量|年均|人均|覆盖|生产|加工|新能源|污水|垃圾|良种|回收|清洁|患者|人群|规范|燃料电池|资源化|整体|平均|利用|处理|处置|普及|装机|消费|播种|种植|单产|产量|产值|增加值|出口|进口|投资|营业|主营|收入|"
    r"企业|行业|产业|领域|居民|人口|电站|发电|项目|平台|重点工程|集中|规模化|自动化|数字化|机械化|标准化|绿色|安全|供应|供给|储备|自给|国产|合格|达标|就业|参保|报销|入园|入学|毛入学|巩固|床位|"
    r"用水|用电|能耗|水质|优良|满意|增速|增长|占比|比重|占|达产|开工|完成|研发|利润|税收|贡献|能效|碳排放|二氧化碳|浓度|面积|里程|吞吐|运量|周转|成交|交易|零售|批发|保有|拥有|渗透|替代|存栏|出栏|能力|技术|设备|设施|网络|信号|通达|通车|通硬化|服务|工程|治理|修复|改造|监测|检测|应用|上云|上平台|联网|接入|监管|认证|合作社|农户|集体|经济)"
)
ENTITY = re.compile(
    r"^(?P<who>[^、]{0,14}?(?:规模以上工业企业|规模以上企业|规上工业企业|规上企业|工业企业|景区|开发区))(?P<what>[^、]{4,})$"
)


def _mask(text: str) -> str:
    text = ph.COMPOUND.sub(lambda m: m.group().translate(_MASK), text)
    return re.sub(r"（[^（）]*）|“[^“”]*”", lambda m: m.group().translate(_MASK), text)


def split_conjuncts(phrase: str, wanted: int = 0) -> list[str]:
    """Parts of a list “A、B和C”; with ``wanted`` it splits at 和/及/与 only as far as needed to reach that
    many.

    >>> split_conjuncts("亩均产值、亩均税收、投资强度", 3)
    ['亩均产值', '亩均税收', '投资强度']
    >>> split_conjuncts("软件和信息技术服务业、制造业", 2)
    ['软件和信息技术服务业', '制造业']
    """
    masked = _mask(phrase)
    parts = [p for p in re.split(r"[、，]", masked) if p]
    if wanted and len(parts) > wanted:
        by_word = [p for p in JOINT.split(masked) if p]
        if len(by_word) == wanted:
            parts = by_word
    # 和 comes before the last member; earlier ones split only when there are still too few.
    for position in range(len(parts) - 1, -1, -1):
        if wanted and len(parts) >= wanted:
            break
        pieces = [p for p in JOINT.split(parts[position]) if p]
        if len(pieces) > 1 and (not wanted or len(parts) + len(pieces) - 1 <= wanted):
            parts[position : position + 1] = pieces
        if not wanted:
            break
    return [p.translate(_UNMASK) for p in parts]


def share_affixes(parts: list[str]) -> list[str]:
    """Give every member of a list the beginning or the ending that only one of them carries.

    >>> share_affixes(["开发区亩均产值", "亩均税收", "投资强度"])
    ['开发区亩均产值', '开发区亩均税收', '开发区投资强度']
    >>> share_affixes(["战略性新兴产业", "高技术制造业增加值占规模以上工业增加值的比重"])[0]
    '战略性新兴产业增加值占规模以上工业增加值的比重'
    >>> share_affixes(["公交", "出租", "环卫车辆新能源化率"])
    ['公交车辆新能源化率', '出租车辆新能源化率', '环卫车辆新能源化率']
    """
    if len(parts) < 2:
        return parts
    parts = _share_beginning([p.strip() for p in parts])
    last = parts[-1]
    suffix = _shared_ending(parts[:-1], last)
    result = [_joined(part, suffix(part)) for part in parts[:-1]]
    if "等" in last[1:-1]:
        head, _, tail = last.rpartition("等")
        if head and ph.MEASURE_TAIL.search(tail):
            last = head + tail
    return [*result, last]


def _joined(part: str, ending: str) -> str:
    """“工业用水” + “用水计量率”: the word that both have stands once."""
    shared = next((n for n in range(min(len(part), len(ending)) - 1, 1, -1) if part.endswith(ending[:n])), 0)
    return part + ending[shared:]


def _share_beginning(parts: list[str]) -> list[str]:
    """A beginning that only the first member carries, seen because the second repeats what follows it."""
    first, second = parts[0], parts[1]
    at = first.find(second[:2], 1) if len(second) >= 2 else -1
    if (
        at >= 2
        and abs(len(first) - at - len(second)) <= 3
        and not re.match(r"(?:占|国家|省级|市级|自治|高新|产业|企业|新型|规模|规上|工业|农村|城镇|城市)", second[:2])
    ):
        prefix = first[:at]
        if not prefix.endswith(("和", "及", "占")):
            return [first, *[p if p.startswith(prefix[:2]) else prefix + p for p in parts[1:]]]
    if re.fullmatch(r"[一-龥]{2}率", second) and re.search(r"[一-龥]{4}率$", first):
        # 监测设备联网率、完好率: what is rated is said once
        return [first, *[first[:-3] + p if re.fullmatch(r"[一-龥]{2}率", p) else p for p in parts[1:]]]
    entity = ENTITY.match(first)
    rates = all(re.search(r"(?:率|占比|比例|比重)$", p) for p in parts)
    if (
        entity
        and rates
        and not any(ENTITY.match(p) or re.search(r"企业|园区|居民|人口|车辆|污水|垃圾|农村|城市", p) for p in parts[1:])
    ):
        return [first, *[entity.group("who") + p for p in parts[1:]]]
    return parts


def _shared_ending(earlier: list[str], last: str) -> Callable[[str], str]:
    """Function that gives the ending a member lacks ("" when it is complete)."""
    if "等" in last[1:-1]:
        tail = last.rpartition("等")[2]
        if ph.MEASURE_TAIL.search(tail):
            return lambda part: "" if part.endswith(tail) else tail
    for family in ph.ALTERNATIVES:
        for word in family:
            if last.startswith(word) and any(part in family for part in earlier):
                rest = last[len(word) :]
                return lambda part: rest if part.endswith(family) else ""
    level = re.match(r"^[^，]{1,8}?(?:级|型|类)(?=.)", last)
    if level and any(part.endswith(("级", "型", "类")) for part in earlier):
        rest = last[level.end() :]
        return lambda part: rest if part.endswith(("级", "型", "类")) else ""
    if _complete(earlier[0]) and (rate := ph.RATE_TAIL.search(last)) is None:
        return lambda part: ""
    cut = _lexical_cut(earlier, last)
    share = re.search(rf"({ph.MEASURE_NOUN}?)(占[^、]{{1,30}})$", last)
    rate = ph.RATE_TAIL.search(last)
    if share and (rate or last.endswith("的")):
        measure, tail = share.group(1), share.group(2)
    elif rate:
        tail = rate.group()
        body = ph.MEASURE_TAIL.search(last[: rate.start()])
        measure = body.group() if body else ""
    else:
        found = ph.MEASURE_TAIL.search(last)
        if not found or ph.NOT_MEASURE.search(last):
            return lambda part: ""
        tail = last[cut:] if cut else _whole_word(last, found.group())
        return lambda part: "" if _complete(part) or ph.ENDS_RATE.search(part) else tail
    incomplete = last[cut:] if cut and cut <= len(last) - len(measure + tail) else measure + tail

    def ending(part: str) -> str:
        if re.search(r"占.+(?:比重|比例|比|份额)$", part) or ph.ENDS_RATE.search(part):
            return ""
        return tail if _complete(part) else incomplete

    return ending


def _complete(part: str) -> bool:
    """The member ends in a measure of its own (投资, 产量), so only a rate can be missing."""
    return ph.MEASURE_TAIL.search(part) is not None and ph.NOT_MEASURE.search(part) is None and not part.endswith("业")


def _lexical_cut(earlier: list[str], last: str) -> int:
    """Where the shared ending of ``last`` starts, by the words such endings start with; 0 when unknown."""
    if any(_complete(part) for part in earlier):
        return 0
    longest = max(len(part) for part in earlier)
    for at in range(2, min(longest + 5, len(last) - 1)):
        if SHARED_START.match(last, at) and ph.MEASURE_TAIL.search(last[at:]):
            return at
    return 0


def _whole_word(last: str, tail: str) -> str:
    """率 alone is no ending: 利用率, 处理率 …"""
    if len(tail) == 1 and len(last) > 4:
        for word in ("综合利用率", "资源化利用率", "无害化处理率", "集中处理率"):
            if last.endswith(word):
                return word
        return last[-3:]
    return tail


def own_subject(names: list[str]) -> list[str]:
    """Later members that are bare measures belong to the subject of the first.

    >>> own_subject(["规模以上工业企业数量", "营业收入"])
    ['规模以上工业企业数量', '规模以上工业企业营业收入']
    """
    match = ph.MEASURE_TAIL.search(names[0])
    subject = names[0][: match.start()] if match and match.start() >= 2 else ""
    return [names[0], *[subject + n if subject and ph.GENERIC_MEASURE.match(n) else n for n in names[1:]]]
