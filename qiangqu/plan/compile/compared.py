"""Goals without a number of their own (完成国家下达目标, 高于全国平均水平) and those that compare
(增速高于全区1个百分点).
"""

import re
from dataclasses import replace

from . import phrases as ph
from .lists import share_affixes, split_conjuncts
from .numbers import Mention
from .result import add
from .sentence import Kind, Sentence
from .signs import Comparator
from .subjects import (
    TOOK_SUBJECT,
    before_share,
    level_name,
    owner_of,
)

MEASURABLE = re.compile(
    r"(?:降低|下降|减少|削减|减排|排放|能耗|控制|强度|总量|增速|率|量|比重|占比|水平|指标|面积|投入|收入|增加值|系数|质量|浓度|用水|消耗)$"
)


def read_wordy(s: Sentence, mention: Mention, phrase: str, start: int) -> None:
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


def read_compared(s: Sentence, mention: Mention, match: re.Match[str], start: int) -> None:
    """“增速高于全区GDP增速1个百分点”."""
    noun = match.group("noun") or ""
    noun = {"年均增长": "年均增速", "增长": "增速"}.get(noun, noun)
    name = ph.polish(ph.clean_tail(level_name(ph.clean_lead(s.text[start : start + match.start()]))))
    doubts: list[str] = []
    if not name:
        previous = s.found[-1].indicator if s.found else owner_of(s, start)
        name, doubts = before_share(previous), [TOOK_SUBJECT]
    if not noun and not re.search(r"(?:增速|率|比重|占比|增幅)$", name):
        doubts.append("比较对象需要核对")
    after = s.sign_after(mention)
    sign: Comparator = "<=" if match.group("sign") in ("低于", "慢于") else "=" if after == "左右" else ">="
    kind: Kind = "annual_growth" if "年均" in noun else "growth" if "增" in noun or "增" in name[-3:] else "change"
    add(s, name if name.endswith(noun) else name + noun, sign, mention, kind, start, s.stop(mention), doubts)
    s.cursor = s.stop(mention)
