"""Quantities in clean Chinese text: numbers, ranges and their units; what is a name and no quantity is left
out.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from qiangqu.base.chinese import value_of

from .units import COUNT, EXTENT, MULTIPLES, unit_at

ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
CHINESE_NUMERAL = (
    r"[一二两三四五六七八九十百千][一二两三四五六七八九十百千万亿零〇]{0,12}(?:点[一二三四五六七八九零〇]{1,4})?"
)
NUMBER = re.compile(
    rf"(?P<percent>百分之|千分之)(?P<percent_number>{CHINESE_NUMERAL})|(?P<arabic>{ARABIC})|(?P<chinese>{CHINESE_NUMERAL})"
)
RATIO = re.compile(r"(\d+(?:\.\d+)?)[：:∶](\d+(?:\.\d+)?)(?![\d：:∶])")
TENTHS_MORE = re.compile(r"[一二三四五六七八九半](?=[，。；、）]|以[上下内]|左右|的|$)")
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
        return _base_unit(self.unit or "")


@lru_cache(maxsize=4096)
def _base_unit(unit: str) -> str:
    unit = re.sub(r"（[^（）]*）$", "", unit)
    for multiple in MULTIPLES.split():
        if unit.startswith(multiple) and unit[len(multiple) :] in COUNT | EXTENT:
            return unit[len(multiple) :]
    return unit


def clean_value(value: float) -> float | int:
    """70.0 → 70, 13.5 stays."""
    return int(value) if float(value).is_integer() else round(value, 6)


def parse_arabic(text: str) -> float:
    return float(text.replace(",", ""))


def find_mentions(text: str, protected: list[tuple[int, int]]) -> list[Mention]:
    """Quantities outside the protected spans, in order. Numbers that are names (5G, 168平台, 千亿级) are left
    out.
    """
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
    found = unit_at(text, end)
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
        second_unit = unit_at(text, second.end())
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
    if before and before in '个片批处座第每数几上这各前后近双唯统万专某另同一二三四五六七八九十百千"':
        return None
    # 三千万元: the last multiple belongs to the unit as written.
    while len(numeral) > 1 and numeral[-1] in "万亿":
        numeral = numeral[:-1]
    end = start + len(numeral)
    found = unit_at(text, end)
    low = None
    if found is None:
        join = JOIN.match(text, end)
        second = NUMBER.match(text, join.end()) if join else None
        if not second or not second.group("chinese"):
            return None
        low, numeral, end = value_of(numeral), second.group("chinese"), second.end()
        found = unit_at(text, end)
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
        other = unit_at(text, second.end())
        high = value_of(second.group("chinese"))
        if other and other[0] == unit and high > value:
            return Mention(start, other[1], value, high, unit, True)
    if unit == "成":
        half = TENTHS_MORE.match(text, stop)  # 九成五: 95 %; 八成半: 85 %
        if half:
            value, stop = value + (0.5 if half.group() == "半" else value_of(half.group()) / 10), half.end()
        return Mention(start, stop, value * 10, None, "%", True)
    return Mention(start, stop, value, None, unit, True)
