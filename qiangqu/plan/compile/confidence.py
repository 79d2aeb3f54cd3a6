"""How sure the compiler is of a target or a measure, 0..1, and why not, in Chinese for the planner who
reviews it.
"""

from . import phrases as ph
from .sentence import Target

BASE = 0.97
# Reasons and what they cost; several multiply.
DOUBTS: dict[str, float] = {
    "指标主语取自上文": 0.88,
    "指标缺少主语": 0.55,
    "指标名称过于笼统": 0.75,
    "未给出数值，由上级下达": 0.9,
    "未给出数值，以平均水平为准": 0.75,
    "由“比例+对象”的说法改写": 0.75,
    "比较对象需要核对": 0.75,
    "数值为中文数字": 0.85,
    "属于上一指标的一部分": 0.95,
    "只说加快推进，未说建成": 0.65,
    "服务标准，不计为目标": 0.5,
    "表中未写方向，按“越低越好”理解": 0.8,
}
YEAR_DOUBT = {
    "carried": ("年份取自同段上文", 0.97),
    "heading": ("年份取自标题", 0.95),
    "plan": ("原文未写年份，取计划目标年", 0.93),
    "none": ("没有找到目标年份", 0.7),
}


def judge_target(target: Target) -> tuple[float, str]:
    """(confidence, reason); the reason is empty when nothing is in doubt."""
    confidence = BASE
    reasons: list[str] = []
    for doubt in dict.fromkeys(target.doubts):
        confidence *= DOUBTS.get(doubt, 0.9)
        reasons.append(doubt)
    if target.year_from in YEAR_DOUBT:
        words, factor = YEAR_DOUBT[target.year_from]
        confidence *= factor
        reasons.append(words)
    if len(target.indicator) > 28:
        confidence *= 0.85
        reasons.append("指标名称偏长")
    elif len(target.indicator) < 4 and not ph.MEASURE_TAIL.search(target.indicator):
        confidence *= 0.8
        reasons.append("指标名称偏短")
    if target.unit is None and target.value is not None and "零突破" not in target.indicator:
        confidence *= 0.92
        reasons.append("原文没有计量单位")
    return round(confidence, 2), "；".join(reasons)


def judge_measure(title: str, units: list[str], others_have_units: bool) -> tuple[float, str]:
    """(confidence, reason) of one measure."""
    confidence, reasons = 0.98, []
    if not title:
        confidence, reasons = 0.4, ["没有找到标题"]
    elif len(title) > 40:
        confidence, reasons = 0.7, ["标题偏长，可能是正文"]
    if others_have_units and not units:
        confidence *= 0.85
        reasons.append("没有找到责任单位")
    if any(len(unit) > 24 for unit in units):
        confidence *= 0.9
        reasons.append("有单位名称偏长")
    return round(confidence, 2), "；".join(reasons)
