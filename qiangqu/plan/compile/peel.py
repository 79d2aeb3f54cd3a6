"""Words before a value → noun phrase, comparison sign, and whether the value is a change."""

import re
from typing import Literal

from . import phrases as ph
from .sentence import Reading
from .signs import AFTER, BEFORE, SIGN_BEFORE, SYMBOLS, Comparator

SYMBOL = re.compile(r"(?:≥|≤|>=|<=|>|<|=)$")
ADVERB = re.compile(
    rf"(?:{ph.EFFORT}|均|都|总体上?|基本|稳定|力求|累计|合计|共计|总计|全部|年底|各|也|将|要|应|再|平均|大体|动态|在|同步|一般|原则上|仍|仍然|继续|长期|全面|分别可|可|能|幅度)$"
)
ADVERB_IN_WORD = re.compile(
    r"(?:年均|人均|亩均|户均|件均|单均|地均|月均|日均|存在|现在|所在|潜在|内在|需要|主要|重要|首都|村均|校均|班均|生均|床均|功能|性能|产能|动能|智能|效能|节能|储能|新能|核能|势能|许可|认可|占比例|的比例|[一-龥]率比例|投资比例|占比|资源|[一-龥]化比例)$"
)
# 每生每年600元, 每日18万吨: the measure word between sign and number.
PER = re.compile(r"每(?:生|人|户|亩|千瓦时|日|天|月|学期|平方米|百户|车|吨|公里|万元)(?:每(?:年|月|日|天|学年))?$")
# “不低于当地最低工资标准的1.5倍”, “达到最大用电负荷的5%”
REFERENCE = re.compile(
    r"(?P<name>.{2,40}?)(?P<sign>不低于|不少于|达到|达(?!标|成|产)|不超过|不高于|超过|控制在|保持在|高于|恢复到|恢复至|相当于)(?P<of>[^，。；、]{2,16}?)的?$"
)
# Verbs before single characters that make another word: 成为, 国有 …
WORD_BEFORE = {
    "为": "成作行分认因称以设定视", "是": "于但还就只即", "近": "附邻最相临", "约": "节集制契合公预条特", "达": "发抵传表下雷", "超": "赶反", "控制": "防自把宏预管严",
    "实现": "", "完成": "", "稳定": "",
}  # fmt: skip


def _part_of_word(phrase: str, word: str) -> bool:
    before = phrase[: -len(word)]
    return bool(before) and before[-1] in WORD_BEFORE.get(word, "")


def peel(before: str, unit: str | None = None) -> Reading:
    """Take signs, verbs and adverbs off the end of ``before``, the words that precede a value in ``unit``."""
    phrase = ph.BASE_PHRASE.sub("", before)
    sign: Comparator | None = None
    signed = each = separately = False
    for _ in range(14):
        length = len(phrase)
        phrase = phrase.rstrip("“，： ")
        if phrase.endswith("分别"):
            separately, phrase = True, phrase[:-2]
            continue
        mark = ph.at_end(SYMBOL, phrase)
        if mark:
            sign, signed, phrase = sign or SYMBOLS.get(mark.group()), True, phrase[: mark.start()]
            continue
        per = ph.at_end(PER, phrase)
        if per and SIGN_BEFORE.search(phrase[: per.start()]):
            phrase = phrase[: per.start()]
            continue
        match = ph.at_end(SIGN_BEFORE, phrase)
        if match and not _part_of_word(phrase, match.group()):
            found = BEFORE[match.group()]
            if sign is None or (sign == "=" and found != ">="):
                sign = found
            signed = signed or match.group() not in ("约", "近", "接近", "大约", "约为")
            phrase = phrase[: match.start()]
            continue
        adverb = ph.at_end(ADVERB, phrase)
        if adverb and not ph.at_end(ADVERB_IN_WORD, phrase):
            each = each or adverb.group() in ("均", "都", "各")
            phrase = phrase[: adverb.start()]
            continue
        if len(phrase) == length:
            break
    from_to = re.search(r"(?:由|从)[^，；。]{1,30}$", phrase)
    if from_to and signed and re.search(r"\d", from_to.group()):
        phrase = phrase[: from_to.start()]
    change: Literal["", "up", "down"] = ""
    annual = False
    match = ph.at_end(ph.CHANGE, phrase)
    if (
        match
        and not re.search(r"(?:改造|优化|巩固|完善)(?:提升|提高)$", phrase)
        and not (signed and re.search(r"(?:能力|水平|质量|效率|改造|更新)(?:提升|提高)$", phrase))
    ):
        change = "down" if match.group("down") else "up"
        annual = bool(match.group("annual"))
        phrase = phrase[: match.start()]
    if not change and unit in ("%", "倍", "‰") and "占" not in phrase:
        reference = REFERENCE.match(phrase)
        if reference and (phrase.endswith("的") or not signed) and not ph.COMPARE.search(phrase + "增速"):
            phrase, sign, signed = reference.group("name"), BEFORE.get(reference.group("sign"), ">="), True
    return Reading(phrase, sign, change, annual, each, separately or "分别" in before[-18:], signed)


def combine(before: Comparator | None, after: str) -> Comparator:
    """Sign from the words before and behind a value; the table of words is in numbers.py.

    >>> combine(">=", "以上"), combine("<=", "左右"), combine(None, "左右"), combine(">", "以上"), combine("<=", "以下")
    ('>=', '<=', '=', '>', '<=')
    """
    behind = AFTER.get(after)
    if before == ">" and behind in (None, ">=", "="):
        return ">"
    if before in ("<=", "<"):
        return ">=" if behind == ">=" else before
    if behind is not None:
        return behind
    return before or ">="
