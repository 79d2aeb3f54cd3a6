"""Quantities that are words: 翻一番, 倍增, 零突破, 完成国家下达目标, 高于全国平均水平."""

import re

from .numbers import Mention

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
    """翻番, 倍增, 零突破, 完成国家下达目标, 高于全国平均水平 as mentions; the last two without a value
    (NaN).
    """
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
