"""Quantities in clean Chinese text: numbers, ranges, units, and the words around them that give the comparison sign."""

import re
from dataclasses import dataclass
from typing import Literal

from qiangqu.base.chinese import value_of

Comparator = Literal[">=", ">", "<=", "<", "="]

# --- comparison signs ------------------------------------------------------------------------------------------------
# One entry a word; change a sign here and nowhere else. A bare “达到70%” is >= because reaching it is enough.
BEFORE: dict[str, Comparator] = {}
for _sign, _words in {
    ">=": "达到 达至 达 实现 为 是 保持在 保持 稳定在 稳定达到 稳定 维持在 巩固在 提高到 提高至 提升到 提升至 增加到 增加至 增长到 增长至 扩大到 扩大至 "
    "发展到 发展至 壮大到 扩展到 拓展到 增至 升至 提至 上升到 上升至 恢复到 延长到 延长至 做大到 完成 不低于 不少于 不小于 不得低于 不得少于 不能低于 不短于 至少 最低 "
    "达到或超过 突破 冲刺 冲击 跨越 迈上 跃上 迈向",
    ">": "超过 超 超出 高于 大于 多于 超过了 优于",
    "<=": "不超过 不高于 不大于 不多于 不得超过 不得高于 不能超过 控制在 控制到 控制 限制在 压减到 压减至 压缩到 压缩至 缩短到 缩短至 缩减到 缩减至 降到 降至 "
    "降低到 降低至 降为 下降到 下降至 减少到 减少至 减至 压降至 压降到 最多 最高 稳控在 缩小到 缩小至 压缩为",
    "<": "低于 小于 少于 不足 不到",
    "=": "约 大约 约为 接近 近",
}.items():
    for _word in _words.split():
        BEFORE[_word] = _sign  # type: ignore[assignment]
AFTER: dict[str, Comparator] = {
    "以上": ">=", "及以上": ">=", "之上": ">=", "以内": "<=", "之内": "<=", "以下": "<=", "及以下": "<=",
    "左右": "=", "上下": "=", "余": ">=", "多": ">=",
}  # fmt: skip
SYMBOLS: dict[str, Comparator] = {
    ">=": ">=",
    "≥": ">=",
    "≧": ">=",
    "⩾": ">=",
    ">": ">",
    "<=": "<=",
    "≤": "<=",
    "≦": "<=",
    "⩽": "<=",
    "<": "<",
    "=": "=",
}


for _verb in [
    "提高",
    "提升",
    "增加",
    "增长",
    "扩大",
    "发展",
    "壮大",
    "扩展",
    "拓展",
    "扩充",
    "上升",
    "恢复",
    "延长",
    "做大",
    "推广",
    "增",
    "升",
    "提",
    "优化",
    "扩",
    "覆盖",
    "延伸",
    "回升",
    "达",
    "累计达",
    "攀升",
]:
    for _end in ("到", "至"):
        BEFORE.setdefault(_verb + _end, ">=")
for _verb in [
    "压减",
    "压缩",
    "缩短",
    "缩减",
    "降",
    "降低",
    "下降",
    "减少",
    "减",
    "压降",
    "缩小",
    "控制",
    "下调",
    "收窄",
    "精简",
    "削减",
    "压",
]:
    for _end in ("到", "至", "为"):
        BEFORE.setdefault(_verb + _end, "<=")

_before_words = "|".join(sorted(BEFORE, key=len, reverse=True))
SIGN_BEFORE = re.compile(rf"(?:{_before_words})$")
SIGN_AFTER = re.compile("|".join(sorted(AFTER, key=len, reverse=True)))

# --- units -----------------------------------------------------------------------------------------------------------
MULTIPLES = "万亿 千亿 百亿 十亿 亿 千万 百万 十万 万 千 百"
COUNT_UNITS = [
    "份",
    "户次",
    "家次",
    "件次",
    "学时",
    "课时",
    "幢",
    "栋",
    "桶",
    "票",
    "趟",
    "场次",
    "批次",
    "人年",
    "万亩次",
    "亩次",
    "个",
    "家",
    "项",
    "件",
    "条",
    "座",
    "所",
    "处",
    "户",
    "名",
    "人次",
    "人",
    "场",
    "次",
    "期",
    "支",
    "套",
    "台",
    "辆",
    "艘",
    "架",
    "张",
    "种",
    "款",
    "部",
    "批",
    "只",
    "头",
    "羽",
    "株",
    "棵",
    "岁",
    "间",
    "片",
    "对",
    "位",
    "幅",
    "篇",
    "例",
    "单",
    "站",
    "点",
    "门",
    "册",
    "宗",
    "起",
    "笔",
    "枚",
    "盏",
    "根",
    "列",
    "班",
    "村",
    "镇",
    "县",
    "所",
    "市",
    "园",
    "店",
    "机架",
    "标准机架",
    "架次",
    "车次",
    "班次",
    "标准箱",
    "标箱",
    "TEU",
    "学位",
    "床",
    "端口",
    "周",
    "字",
    "部门",
    "届",
    "颗",
    "孔",
    "眼",
    "口",
]
EXTENT_UNITS = [
    "亩次",
    "亩",
    "公顷",
    "平方公里",
    "平方千米",
    "平方米",
    "公里",
    "千米",
    "米",
    "人口",
    "头只",
    "万头",
    "尾",
    "米",
]
MEASURE_UNITS = [
    "蒸吨/小时",
    "蒸吨",
    "元",
    "美元",
    "人民币",
    "欧元",
    "千瓦时",
    "千伏安",
    "千瓦",
    "瓦时",
    "兆伏安",
    "瓦",
    "兆瓦时",
    "兆瓦",
    "吉瓦时",
    "吉瓦",
    "kWh",
    "kW",
    "MW",
    "GW",
    "MWh",
    "GWh",
    "KWh",
    "度",
    "吨标准煤",
    "吨标煤",
    "吨二氧化碳当量",
    "吨二氧化碳",
    "吨",
    "公斤",
    "千克",
    "斤",
    "克",
    "担",
    "立方米",
    "方",
    "升",
    "天",
    "年",
    "小时",
    "分钟",
    "秒",
    "工作日",
    "个工作日",
    "个月",
    "月",
    "摄氏度",
    "℃",
    "‰",
    "%",
    "个百分点",
    "百分点",
    "倍",
    "成",
    "位",
    "微克",
    "毫克",
    "毫米",
    "厘米",
    "平方",
    "焦耳",
    "大卡",
    "千卡",
    "分贝",
    "EFLOPS",
    "PFLOPS",
    "Eflops",
    "EFlops",
    "Tbps",
    "Gbps",
    "Mbps",
    "TB",
    "PB",
    "EB",
    "P",
    "E",
    "T",
    "GB",
    "分",
    "级",
    "等",
    "斤",
]
COUNT = frozenset(COUNT_UNITS)
EXTENT = frozenset(EXTENT_UNITS)
TIME = frozenset(["天", "年", "小时", "分钟", "秒", "工作日", "个工作日", "个月", "月", "周", "岁"])
_units = "|".join(sorted({re.escape(u) for u in [*COUNT_UNITS, *EXTENT_UNITS, *MEASURE_UNITS]}, key=len, reverse=True))
_multiples = "|".join(sorted(MULTIPLES.split(), key=len, reverse=True))
# A unit, perhaps multiplied (亿元) and perhaps per another (万元/亩, 微克/立方米, 件/万人).
UNIT = re.compile(
    rf"/(?:10|十)?万|(?:{_multiples})?(?:{_units})(?:标准煤|标煤|二氧化碳当量)?(?:（?/[一-龥A-Za-z]{{0,2}}?(?:{_units}|标准煤|[一-龥]{{1,4}}?(?=以|左|，|。|；|、|）|$|和|及))(?:·(?:{_units}))?)?|(?:{_multiples})(?![一-龥])|亿"
)
TWIN = re.compile(rf"（(?:{_units})）")
# What may not follow a unit, else it is part of a word (5项目, 3部门, 10条件 …).
NOT_AFTER = {
    "项": "目", "部": "门委省件", "人": "才工均民大行", "支": "持撑", "处": "理置于", "所": "有在", "位": "于居列置", "条": "件例", "点": "击",
    "期": "间望", "次": "级产要", "个": "人体性", "户": "籍外", "名": "单录牌优特", "市": "场级直州", "县": "级域", "村": "级庄民", "分": "别类级布散", "年": "均度级代前后来内期初中底末间的以",
    "元": "素件", "家": "庭电具", "站": "点位", "门": "类户槛", "成": "为功立果本品效长熟", "方": "面案向式法便米", "度": "", "台": "账", "例": "如", "只": "有", "种": "植子质业养", "类": "型别",
    "场": "景所地", "片": "区", "对": "接外标", "面": "积", "月": "底末", "天": "然", "周": "边期转", "园": "区", "店": "铺", "班": "次", "口": "岸径", "单": "位项体元", "根": "据本", "字": "号", "眼": "光",
    "万": "众", "级": "", "镇": "", "床": "", "列": "入为", "起": "步草", "克": "", "担": "保", "升": "级规", "瓦": "", "米": "", "吨": "级", "倍": "增速", "孔": "", "间": "", "E": "", "P": "", "T": "", "套": "", "幅": "", "端口": "", "担当": "",
}  # fmt: skip

ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
CHINESE_NUMERAL = (
    r"[一二两三四五六七八九十百千][一二两三四五六七八九十百千万亿零〇]{0,12}(?:点[一二三四五六七八九零〇]{1,4})?"
)
NUMBER = re.compile(
    rf"(?P<percent>百分之|千分之)(?P<percent_number>{CHINESE_NUMERAL})|(?P<arabic>{ARABIC})|(?P<chinese>{CHINESE_NUMERAL})"
)
RATIO = re.compile(r"(\d+(?:\.\d+)?)[：:∶](\d+(?:\.\d+)?)(?![\d：:∶])")
JOIN = re.compile(r"(?:—{1,2}|-|~|至|到|或)(?=\d|[一二两三四五六七八九十])")


@dataclass(frozen=True)
class Mention:
    """A quantity at ``start:end`` of a clean text (signs excluded); ``value`` in ``unit`` as written."""

    start: int
    end: int
    value: float
    value_max: float | None
    unit: str | None
    chinese: bool = False
    form: Literal["number", "double", "first", "assigned", "average"] = "number"

    @property
    def base_unit(self) -> str:
        """Unit without its multiple: 万家 → 家."""
        unit = re.sub(r"（[^（）]*）$", "", self.unit or "")
        for multiple in MULTIPLES.split():
            if unit.startswith(multiple) and unit[len(multiple) :] in COUNT | EXTENT:
                return unit[len(multiple) :]
        return unit


def clean_value(value: float) -> float | int:
    """70.0 → 70, 13.5 stays."""
    return int(value) if float(value).is_integer() else round(value, 6)


def parse_arabic(text: str) -> float:
    return float(text.replace(",", ""))


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Spans whose numbers are names or notes: quotations, book titles, brackets."""
    spans: list[tuple[int, int]] = []
    closing = {"“": "”", "‘": "’", "《": "》", "「": "」", "（": "）", "【": "】", "〔": "〕", "[": "]"}
    stack: list[tuple[str, int]] = []
    for index, char in enumerate(text):
        if stack and char == stack[-1][0]:
            _, start = stack.pop()
            if not stack and not (char == "）" and text.startswith("（其中", start)):
                spans.append((start, index + 1))
        elif char in closing:
            stack.append((closing[char], index))
        elif char == '"':
            stack.append(('"', index))
        if len(stack) > 8:
            stack = stack[-1:]
    return spans


def _unit_at(text: str, at: int) -> tuple[str, int] | None:
    """(unit, end) of the unit that starts at ``at``."""
    match = UNIT.match(text, at)
    if not match or not match.group():
        return None
    unit, end = match.group(), match.end()
    twin = TWIN.match(text, end)
    if twin:
        return unit + twin.group(), twin.end()
    last = unit.rsplit("/", 1)[-1]
    following = text[end : end + 1]
    for size in (2, 1):
        banned = NOT_AFTER.get(last[-size:])
        if banned is not None:
            if following and following in banned:
                return _shorter_unit(text, at, unit)
            break
    return unit, end


def _shorter_unit(text: str, at: int, unit: str) -> tuple[str, int] | None:
    """10万户籍 … → nothing; 2000人才 → nothing; 5个部门 keeps 个."""
    for size in range(len(unit) - 1, 0, -1):
        if unit[:size] in COUNT:
            return unit[:size], at + size
    return None


def find_mentions(text: str, protected: list[tuple[int, int]]) -> list[Mention]:
    """Quantities outside the protected spans, in order. Numbers that are names (5G, 168平台, 千亿级) are left out."""
    mentions: list[Mention] = []
    at = 0
    spans = iter([*protected, (len(text) + 1, len(text) + 1)])
    span = next(spans)
    while True:
        match = NUMBER.search(text, at)
        if not match:
            return mentions
        start = match.start()
        while span[1] <= start:
            span = next(spans)
        if span[0] <= start < span[1]:
            at = span[1]
            continue
        mention = _mention(text, match)
        if mention is None:
            at = match.end()
            # A numeral such as 三百 inside a longer word is skipped whole; digits glued to digits as well.
            continue
        mentions.append(mention)
        at = mention.end


def _mention(text: str, match: re.Match[str]) -> Mention | None:
    start, end = match.span()
    before = text[start - 1 : start]
    if match.group("percent"):
        value = value_of(match.group("percent_number"))
        return Mention(start, end, value, None, "%" if match.group("percent") == "百分之" else "‰", True)
    chinese = match.group("chinese")
    if chinese is not None:
        return _chinese_mention(text, start, end, chinese)
    if before.isascii() and (before.isalpha() or before in "._+#/") and before:
        return None
    if before and before in "第〔[每前":
        return None
    value = parse_arabic(match.group("arabic"))
    ratio = RATIO.match(text, start)
    if ratio:
        # 1：1.2 is written with the base first; the other side is the value.
        left, right = float(ratio.group(1)), float(ratio.group(2))
        return (
            Mention(start, ratio.end(), right if left == 1 else left if right == 1 else left / right, None, None)
            if right
            else None
        )
    found = _unit_at(text, end)
    value_max = None
    # Range: 5—10家, 5家—10家, 5%~10%.
    after_unit = found[1] if found else end
    for position in (after_unit, end):
        join = JOIN.match(text, position)
        if not join or (position == end and found is not None and position != after_unit):
            continue
        second = NUMBER.match(text, join.end())
        if not second or not second.group("arabic"):
            continue
        high = parse_arabic(second.group("arabic"))
        second_unit = _unit_at(text, second.end())
        alike = (second_unit is None and found is None) or (
            second_unit is not None and (found is None or position == end or second_unit[0].startswith(found[0]))
        )
        if not alike:
            continue
        if high <= value:
            continue
        if second_unit and second_unit[0].startswith("年"):
            return None
        value_max, found, end = high, second_unit, second.end()
        break
    if found is None:
        following = text[end : end + 1]
        if following and (following in "+GgKkVv.年号版大强线级" or (following.isascii() and following.isalpha())):
            return None
        if following and "一" <= following <= "龥" and following not in "以左上和及与":
            return None  # 168平台, 12345热线: a name
        return Mention(start, end, value, value_max, None)
    unit, stop = found
    following = text[stop : stop + 1]
    if following == "级" or (following == "以" and text[stop : stop + 3] == "以上级"):
        return None
    if unit == "年" and (len(match.group()) == 4 or value >= 1900):
        return None
    if unit in ("月", "度", "期", "届", "方", "千", "百") or (
        unit in ("分", "级", "等") and not re.match(r"以上|[，。；、）]|$", text[stop:])
    ):
        return None
    if unit == "个" and text[stop : stop + 2] == "方面":
        return None
    return Mention(start, stop, value, value_max, unit)


def _chinese_mention(text: str, start: int, end: int, numeral: str) -> Mention | None:
    before = text[start - 1 : start]
    if before and before in '第每数几上这各前后近双唯统万专某另同一二三四五六七八九十百千"':
        return None
    # 三千万元: the last multiple belongs to the unit as written.
    while len(numeral) > 1 and numeral[-1] in "万亿":
        numeral = numeral[:-1]
    end = start + len(numeral)
    found = _unit_at(text, end)
    low = None
    if found is None:
        join = JOIN.match(text, end)
        second = NUMBER.match(text, join.end()) if join else None
        if not second or not second.group("chinese"):
            return None
        low, numeral, end = value_of(numeral), second.group("chinese"), second.end()
        found = _unit_at(text, end)
        if found is None or value_of(numeral) <= low:
            return None
    unit, stop = found
    base = unit.lstrip("万亿千百")
    if (
        base not in COUNT
        and base not in EXTENT
        and base not in ("元", "倍", "成", "%", "个百分点", "百分点", "吨", "千瓦", "立方米", "吨标准煤")
    ):
        return None
    if text[stop : stop + 1] == "级" or (numeral in ("十", "百", "千") and unit in ("个", "人", "村", "县", "镇")):
        return None
    if base in (
        "村",
        "镇",
        "县",
        "点",
        "次",
        "期",
        "类",
        "种",
        "部",
        "市",
        "届",
        "站",
        "口",
        "园",
        "店",
        "对",
        "位",
        "片",
        "门",
        "字",
        "部门",
    ) or (
        numeral == "一"
        and unit == base
        and base != "倍"
        and not re.search(
            r"(?:至少|不少于|不低于)(?:办好|建成|建设|建有|创建|培育|设立|配备|打造|拥有|有|配置)?$",
            text[max(0, start - 8) : start],
        )
    ):
        return None
    value = value_of(numeral)
    if low is not None:
        return Mention(start, stop, low, value, unit, True)
    join = JOIN.match(text, stop)
    second = NUMBER.match(text, join.end()) if join else None
    if second and second.group("chinese"):
        other = _unit_at(text, second.end())
        high = value_of(second.group("chinese"))
        if other and other[0] == unit and high > value:
            return Mention(start, other[1], value, high, unit, True)
    if unit == "成":
        return Mention(start, stop, value * 10, None, "%", True)
    return Mention(start, stop, value, None, unit, True)


# --- quantities that are words -----------------------------------------------------------------------------------------
DOUBLE = re.compile(
    r"翻(?P<n>一|两|二|三|1|2|3)?番|(?P<word>倍增)(?![^，。；]{0,40}(?:计划|行动|工程|方案|专项|政策))(?!企业|发展|目标|示范|培育|效应|提升|[、和与])"
)
FIRST = re.compile(r"(?:实现|取得)?“?零的?突破”?")
_LEVEL = r"(?:国家|自治区|省委|省政府|省级|省|市委|市政府|市级|市|上级|州|区|县|中央)"
ASSIGNED = re.compile(
    rf"(?:全面|圆满|如期|确保|力争|均|全部|严格|基本|按期)*(?:完成|达到|实现|满足|符合|控制在|落实)(?:好)?{_LEVEL}(?:[和、及与或]{_LEVEL}){{0,3}}[^，。；、]{{0,8}}?"
    r"(?:下达|核定|分解|规定|确定|考核|要求|约束性)(?:的|我[省市区县]|给我[省市区县])*[^，。；、]{0,10}?(?:目标任务|目标要求|考核要求|约束性指标|控制目标|目标|任务|指标|要求|计划|以内|范围|总量)(?:值|数)?(?=[，。；、）！？]|$)"
)
AVERAGE = re.compile(
    r"(?:高于|快于|超过|领先|优于|达到|低于)(?:全国|全省|全区|全市|全州|同期|本[省市区])[^，。；、\d]{0,10}?平均(?:水平|增速|值)(?![约]?\d)"
)


def word_mentions(text: str, protected: list[tuple[int, int]]) -> list[Mention]:
    """翻番, 倍增, 零突破, 完成国家下达目标, 高于全国平均水平 as mentions; the last two without a value (NaN)."""
    found: list[Mention] = []
    books = [s for s in protected if text[s[0]] in "《（【“"]

    def inside(position: int) -> bool:
        return any(a <= position < b for a, b in books)

    for match in DOUBLE.finditer(text):
        if inside(match.start()) or text[match.start() - 1 : match.start()] in ("双", "“"):
            continue
        power = {"两": 2, "二": 2, "2": 2, "三": 3, "3": 3}.get(match.group("n") or "", 1)
        found.append(Mention(match.start(), match.end(), float(2**power), None, "倍", form="double"))
    for match in FIRST.finditer(text):
        if not any(a < match.start() < b for a, b in books):
            found.append(Mention(match.start(), match.end(), 1.0, None, None, form="first"))
    for match in ASSIGNED.finditer(text):
        if not inside(match.start()):
            found.append(Mention(match.start(), match.end(), float("nan"), None, None, form="assigned"))
    for match in AVERAGE.finditer(text):
        if not inside(match.start()):
            found.append(Mention(match.start(), match.end(), float("nan"), None, None, form="average"))
    return found
