"""Spans of a sentence whose numbers are names or remarks: quotations, titles of books, brackets."""

import re

# A remark that names parts of the value before it: （其中…）, （含医疗垃圾焚烧能力50吨/日）.
PART_OF = re.compile(r"（(?:其中|(?:其中)?(?:含|包括|包含)[^（）\d]{3,24}\d)")
# “技能人才总量达到45万人”: what stands in the quotation marks says something; “6+N”, “万企兴万村” are names.
QUOTED = re.compile(r"[“\"「‘](?P<said>[^“”\"「」‘’]{6,160})[”\"」’](?P<after>[^，。；]{0,12})")
SAYS = re.compile(
    r"(?:达到|达|超过|突破|不低于|不少于|不超过|提高到|提升到|提高至|提升至|增长|增加|下降|降至|降到|降低|控制在|保持在|稳定在|实现|新增|建成|培育|打造|引进|完成|超|≥|≤)"
    r"[^，。；“”\d]{0,8}\d[\d.,]*(?:[%‰]|[万亿千百个家项名座条吨元人户亩公平立倍只所台辆处件次])"
)
AIMED = re.compile(
    r"(?:的|这一|这个|等|各项)*(?:总|总体|阶段|阶段性|奋斗|预期|年度|发展|工作|战略|主要|任务|宏伟|三年|五年)*(?:目标|任务|要求|指标|愿景|蓝图)|[、）]?$"
)


def open_quotations(text: str) -> str:
    """The sentence with commas for the marks of quotations that state a goal; every character keeps its
    place.

    >>> open_quotations("实现“人才总量达到45万人”的目标"), open_quotations("实施“销售收入超过10亿元”企业培育计划")
    ('实现，人才总量达到45万人，的目标', '实施“销售收入超过10亿元”企业培育计划')
    """
    for match in QUOTED.finditer(text):
        if SAYS.search(match.group("said")) and AIMED.match(match.group("after")):
            start, end = match.start(), match.end("said")
            text = f"{text[:start]}，{text[start + 1 : end]}，{text[end + 1 :]}"
    return text


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Spans whose numbers are names or notes: quotations, book titles, brackets."""
    spans: list[tuple[int, int]] = []
    closing = {"“": "”", "‘": "’", "《": "》", "「": "」", "（": "）", "【": "】", "〔": "〕", "[": "]"}
    stack: list[tuple[str, int]] = []
    for index, char in enumerate(text):
        if stack and char == stack[-1][0]:
            _, start = stack.pop()
            if not stack and not (char == "）" and PART_OF.match(text, start)):
                spans.append((start, index + 1))
        elif char in closing:
            stack.append((closing[char], index))
        elif char == '"':
            stack.append(('"', index))
        if len(stack) > 8:
            stack = stack[-1:]
    return spans
