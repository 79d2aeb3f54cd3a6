"""One cell of a table of indicators: its number with the marks around it, and the unit in the name beside
it.
"""

import re
from typing import Literal

from . import phrases as ph
from .direction import less_is_better
from .numbers import parse_arabic
from .result import settled
from .sentence import Context, Effort, Kind, Target
from .signs import AFTER, SYMBOLS, Comparator
from .units import UNIT

VALUE = re.compile(
    r"^(?P<sign>≥|≤|>=|<=|＞|＜|>|<|=|大于等于|小于等于|不低于|不少于|不高于|不超过|超过|达到|力争|力争达到|控制在|降至|下降到|大于|小于|高于|低于|约)?(?:\[|〔|【)?"
    r"(?P<change>年均增长|增长|提高|提升|增加|累计下降|累计降低|下降|降低|减少)?(?:\[|〔|【)?(?P<number>-?\d[\d,]*(?:\.\d+)?)(?:(?:—{1,2}|-|~|至)(?P<high>\d+(?:\.\d+)?))?"
    r"(?P<unit>[%‰]|个百分点|[一-龥/]{0,8}?)?(?:\]|〕|】)?(?P<after>以上|以内|左右|以下|及以上)?(?:\]|〕|】)?(?:（[^）]{0,30}）)?$"
)
ASSIGNED_CELL = re.compile(
    r"完成.{0,12}(?:下达|任务|目标|要求)|达到.{0,10}(?:要求|目标)|(?:国家|省|自治区|市|上级).{0,6}下达|控制在.{0,12}(?:下达|以内|目标)"
)
SIGNS: dict[str, Comparator] = {
    **SYMBOLS, "＞": ">", "＜": "<", "大于等于": ">=", "小于等于": "<=", "不低于": ">=", "不少于": ">=", "不高于": "<=", "不超过": "<=", "超过": ">",
    "达到": ">=", "力争": ">=", "力争达到": ">=", "控制在": "<=", "降至": "<=", "下降到": "<=", "大于": ">", "小于": "<", "高于": ">", "低于": "<", "约": "=",
}  # fmt: skip
UNIT_IN_NAME = re.compile(r"（([^（）]{1,14})）$")
UNIT_LIKE = re.compile(
    r"^(?:[万亿千百十]*(?:元|吨|家|个|人|户|千瓦|千瓦时|亩|公里|平方公里|平方米|立方米|米|张|项|件|所|座|条|台|辆|岁|名|人次|套|处|%|‰|倍|天|年|小时|公顷|瓦|度|斤|公斤|吨标准煤|吨标煤|标准箱|只|头|种|床|美元|学位|个百分点|分|PFLOPS|EFLOPS|机架|标准机架|P|E)(?:/.{1,8})?|%|‰|/|.{1,6}/.{1,8})$"
)


def name_and_unit(name: str, unit: str) -> tuple[str, str]:
    name = re.sub(
        r"^(?:其中[：:]?|（?\d{1,2}）?[.、）]|[①-⑳]|（[一二三四五六七八九十]{1,3}）|[一二三四五六七八九十]{1,2}、)\s*",
        "",
        name,
    )
    match = UNIT_IN_NAME.search(name)
    if match and (UNIT_LIKE.match(match.group(1)) or UNIT.fullmatch(match.group(1))):
        unit = unit or match.group(1)
        name = name[: match.start()]
    if unit in ("—", "-", "/", "——", "–"):
        unit = ""
    return name.rstrip("*※"), unit


def cell_target(name: str, unit: str, cell: str, year: int | None, context: Context, growth: str) -> Target | None:
    """Target of one cell; None for an empty cell or one that is not a value."""
    cell = cell.strip()
    if not cell or re.fullmatch(r"[—\-–/*－]+|无|\.+", cell):
        return None
    doubts: list[str] = []
    if ASSIGNED_CELL.search(cell) and not re.search(r"\d", cell):
        return Target(
            name,
            ">=",
            None,
            None,
            unit or None,
            year,
            "level",
            "firm",
            0,
            0,
            "stated",
            "up",
            ["未给出数值，由上级下达"],
        )
    cell = re.sub(r"^(?:比|较)20\d\d年", "", cell)
    match = VALUE.match(cell)
    if not match:
        return None
    value = parse_arabic(match.group("number"))
    high = float(match.group("high")) if match.group("high") else None
    if high is not None and high <= value:
        high = None
    sign: Comparator = SIGNS.get(match.group("sign") or "", ">=")
    if match.group("after"):
        sign = AFTER[match.group("after")] if sign == ">=" else sign
    if (
        not match.group("sign")
        and not match.group("after")
        and less_is_better(name)
        and not growth
        and not match.group("change")
        and not re.search(r"下降|降低|减少|减排", name)
    ):
        sign = "<="
        doubts = [f"{less_is_better(name)}，表中未写方向，按不高于理解"]
    own_unit = match.group("unit") or ""
    change = match.group("change") or ""
    kind: Kind = "level"
    bracketed = "[" in cell or "〔" in cell or "【" in cell
    direction: Literal["up", "down"] = "down" if re.search(r"下降|降低|减少", change + name) or value < 0 else "up"
    if growth and not change:
        percent = "%" in growth or "％" in growth or own_unit == "%" or re.search(r"增长|增速|增幅", growth)
        if bracketed:
            kind = "change" if direction == "down" or unit in ("%", "‰") else "cumulative"
            unit = own_unit or unit
        elif percent:
            kind, unit = ("annual_growth" if unit != "%" or "年均增" in growth or "年均" in growth else "change"), "%"
            if UNIT_LIKE.match(unit) and own_unit and own_unit != "%":
                unit = own_unit
        else:
            kind = "cumulative"
            unit = own_unit or unit
        if value < 0:
            value, direction = -value, "down"
    elif change:
        kind = "change" if direction == "down" else "annual_growth" if "年均" in change else "growth"
        unit = own_unit or unit or "%"
        value = abs(value)
    else:
        unit = own_unit or unit
        if re.search(r"年均增速|年均增长", name):
            kind = "annual_growth"
        elif re.search(r"增速|增长率|增长$", name):
            kind = "growth"
        elif re.search(r"下降|降低|减少|提高|累计减排", name):
            kind = "change"
        elif re.match(r"新增|累计|年均新增", name) or bracketed:
            kind = "cumulative"
        elif unit in ("%", "‰"):
            kind = "share"
        elif unit in ("家", "个", "项", "件", "所", "座", "户"):
            kind = "count"
    effort: Effort = "strive" if (match.group("sign") or "").startswith("力争") else "firm"
    return Target(
        ph.polish(name),
        sign,
        value,
        high,
        unit or None,
        year,
        settled(kind, name, unit),
        effort,
        0,
        0,
        "stated" if year else "none",
        direction,
        doubts,
    )
