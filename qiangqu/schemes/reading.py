"""From the text of a scheme file to a :class:`Scheme`, with every fault named by line, path and remedy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml
from pydantic import ValidationError

from qiangqu.base.errors import InputError
from qiangqu.base.packs import read_yaml

from .language import ROOM, Band, Condition, Criterion, Scheme

#: of one file that are told at once
MOST_FAULTS = 30
MOST_NODES = 2000
DEEPEST = 12

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path of the file, in one sentence with its remedy."""

    path: Path
    message: str


def read_scheme(text: str, name: str) -> Scheme:
    """The scheme in a file's text. Raises InputError that names file, lines, paths and what to do."""
    data = read_yaml(text, name)
    if not isinstance(data, dict):
        raise InputError("应是一组“名: 值”，见《编写方案文件》", where=name)
    scheme, faults = of_data(data)
    if faults or scheme is None:
        lines = _Lines(text)
        told = "；".join(f"{lines.where(fault.path)}{fault.message}" for fault in faults[:MOST_FAULTS])
        raise InputError(told, where=name)
    return scheme


def of_data(data: dict[str, Any]) -> tuple[Scheme | None, list[Fault]]:
    """The scheme in data, or what is wrong with it by itself."""
    if _size(data) > MOST_NODES:
        return None, [Fault((), f"方案超过 {MOST_NODES} 项，或嵌套超过 {DEEPEST * 4} 层，请拆分")]
    try:
        scheme = Scheme.model_validate(data)
    except ValidationError as error:
        return None, [Fault(tuple(_path(one["loc"])), _sentence(one)) for one in error.errors()]
    return scheme, list(_faults(scheme))


def _size(data: Any) -> int:
    """How many items data has; more than allowed where it is nested too deeply."""
    waiting, count = [(data, 0)], 0
    while waiting and count <= MOST_NODES:
        one, depth = waiting.pop()
        count += 1
        if depth > DEEPEST * 4:
            return MOST_NODES + 1
        inner: Iterable[Any] = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(part, depth + 1) for part in inner]
    return count


# ---------------------------------------------------------------- what pydantic says, in a sentence


_WORDS = {
    "missing": "缺少这一项，请补上（没有查到的数写 null，条件写 unknown: 说明）",
    "extra_forbidden": "没有这个名字，请核对拼写或删去",
    "float_parsing": "应是一个数",
    "float_type": "应是一个数",
    "string_type": "应是文字，含冒号、引号的文字请加引号",
    "finite_number": "应是有限的数",
    "bool_parsing": "应是 true 或 false",
    "bool_type": "应是 true 或 false",
    "tuple_type": "应是一个列表",
    "dict_type": "应是一组“名: 值”",
    "model_type": "应是一组“名: 值”",
    "date_from_datetime_parsing": "应是日期，如 2026-04-01",
    "date_type": "应是日期，如 2026-04-01；没有查到的写 null",
    "too_short": "项数不够",
    "too_long": "项数过多",
}


def _path(found: Sequence[str | int]) -> Iterable[str | int]:
    """Without what pydantic adds for the branches of a union."""
    for step in found:
        branch = step in ("float", "bool", "str") or any(m in str(step) for m in ("[", "constrained", "function-"))
        if isinstance(step, int) or not branch:
            yield step


def _sentence(error: Any) -> str:
    kind, said = error["type"], str(error["msg"])
    if kind == "value_error":
        return said.removeprefix("Value error, ")
    if kind == "literal_error":
        return f"只能写 {error['ctx']['expected'].replace(' or ', '、')}"
    if kind == "string_pattern_mismatch":
        return "代码只能用小写字母、数字和下划线，字母开头，至多 60 个字符"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        signs = {"gt": "大于", "ge": "不小于", "lt": "小于", "le": "不大于"}
        return "应" + "、".join(f"{signs[name]} {limit:g}" for name, limit in error["ctx"].items() if name in signs)
    return _WORDS.get(kind, said)


class _Lines:
    """Where in a text the paths of its data stand."""

    def __init__(self, text: str) -> None:
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError):
            self._root = None

    def where(self, path: Path) -> str:
        """“第 12 行 criteria.2.bands：”, with the line of the innermost part of the path that there is."""
        node, line = self._root, 1
        for step in path:
            found = None
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = node.value[step]
                line = found.start_mark.line + 1
            elif isinstance(node, yaml.MappingNode):
                for key, inner in node.value:
                    if key.value == str(step):
                        found, line = inner, key.start_mark.line + 1
            if found is None:
                break
            node = found
        shown = ".".join(str(step + 1) if isinstance(step, int) else str(step) for step in path)
        return f"第 {line} 行 {shown}：" if shown else ""


# ---------------------------------------------------------------- what one edition alone shows


def _faults(scheme: Scheme) -> Iterable[Fault]:
    if scheme.document.since is None:
        yield Fault(
            ("document",), "要写 effective（施行日期）；没有查到的写 null，并在 dated 写明据以选用版本的日期及其含义"
        )
    elif scheme.document.expires and scheme.document.expires < scheme.document.since:
        yield Fault(("document", "expires"), "截止日期早于施行日期，请核对")
    if not (scheme.gates or scheme.criteria or scheme.levels):
        yield Fault((), "没有门槛（gates）、评分项（criteria）或等级（levels），请至少写一类")
    seen: set[str] = {"total"}
    for at, one in enumerate(scheme.criteria):
        yield from _of_criterion(one, ("criteria", at), seen, scheme)
    yield from _sums("", None, scheme.max_points, scheme.criteria, ("criteria",))
    for path, condition in _conditions(scheme):
        yield from _of_condition(condition, path, seen, scheme)
    codes = [one.code for root in scheme.gates for one in root.leaves() if one.code]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield Fault(("gates",), f"门槛代码 {code} 用了不止一次，请改为不同的代码")
    for name, value in scheme.values.items():
        if value.kind in ("indicator", "mark") and not value.unit:
            yield Fault(("values", name), "要写单位 unit（人、万元、%、项、分 …）")
        if value.scheme == scheme.code:
            yield Fault(("values", name, "scheme"), "方案不能引用自己的结果，请改用 score 引用本方案的得分")
    if scheme.kind == "score" and not scheme.criteria:
        yield Fault((), "评分方案（kind: score）没有评分项，请补上 criteria 或把 kind 改为 eligibility")


def _conditions(scheme: Scheme) -> Iterable[tuple[Path, Condition]]:
    yield from (((("only",), scheme.only),) if scheme.only else ())
    for name in ("gates", "vetoes"):
        yield from (((name, at), one) for at, one in enumerate(getattr(scheme, name)))
    yield from (((("pass",), scheme.passes),) if scheme.passes else ())
    yield from ((("levels", at, "when"), level.when) for at, level in enumerate(scheme.levels))


def _of_condition(one: Condition, path: Path, scores: set[str], scheme: Scheme) -> Iterable[Fault]:
    if len(path) > DEEPEST * 2:
        yield Fault(path, f"条件嵌套超过 {DEEPEST} 层，请拆分")
        return
    if one.value is not None:
        yield from _of_value(one, path, scheme)
    if one.score is not None:
        if one.score not in scores:
            yield Fault((*path, "score"), f"没有评分项“{one.score[:40]}”；可用 total 和各评分项的代码")
        elif not isinstance(one.than, int | float) or isinstance(one.than, bool):
            yield Fault((*path, "than"), "得分应与一个数比较")
    for name in ("all", "any", "of"):
        for at, part in enumerate(getattr(one, name) or ()):
            yield from _of_condition(part, (*path, name, at), scores, scheme)


def _of_value(one: Condition, path: Path, scheme: Scheme) -> Iterable[Fault]:
    value = scheme.values.get(one.value or "")
    if value is None:
        yield Fault((*path, "value"), f"values 里没有“{(one.value or '')[:40]}”，请在 values 里写明它的来源")
        return
    if value.is_text != (one.op in ("in", "starts")):
        fit = "in 或 starts" if value.is_text else ">=、>、<=、<、==、!="
        yield Fault((*path, "op"), f"“{value.title}”只能用 {fit} 比较")
    elif not value.is_text and isinstance(one.than, str):
        yield Fault((*path, "than"), f"“{value.title}”应与一个数或 true、false 比较")


def _of_criterion(one: Criterion, path: Path, seen: set[str], scheme: Scheme) -> Iterable[Fault]:
    if len(path) > DEEPEST * 2:
        yield Fault(path, f"评分项嵌套超过 {DEEPEST} 层，请拆分")
        return
    if one.code in seen:
        yield Fault((*path, "code"), f"评分项代码 {one.code} 用了不止一次，请改为不同的代码")
    seen.add(one.code)
    value = scheme.values.get(one.value) if one.value is not None else None
    if one.value is not None and value is None:
        yield Fault((*path, "value"), f"values 里没有“{one.value[:40]}”，请在 values 里写明它的来源")
    elif value is not None and value.is_text:
        yield Fault((*path, "value"), f"“{value.title}”是代码，不能计分；请改用 choices")
    if one.mark is not None and (one.mark not in scheme.values or scheme.values[one.mark].mark is None):
        yield Fault((*path, "mark"), "mark 应是 values 里的一项专家评分（mark: [低, 高]）")
    if one.bands is not None:
        yield from band_faults(one.bands, (*path, "bands"), one.points)
    if one.peers and one.peers.bands:
        yield from band_faults(one.peers.bands, (*path, "peers", "bands"), one.points)
    if one.linear and one.linear.zero is not None and one.linear.zero == one.linear.full:
        yield Fault((*path, "linear"), "基准值 zero 与引领值 full 相同，不能按比例计分，请核对")
    if one.power and one.power.bad == one.power.good:
        yield Fault((*path, "power"), "不允许值 bad 与满意值 good 相同，不能按功效系数计分，请核对")
    if one.ratio and one.ratio.target <= 0:
        yield Fault((*path, "ratio", "target"), "目标值应大于 0，否则要除以零")
    for at, choice in enumerate(one.choices or ()):
        yield from _of_condition(choice.when, (*path, "choices", at, "when"), {"total"} - {"total"}, scheme)
        for points in choice.points if isinstance(choice.points, tuple) else (choice.points,):
            if points is not None and one.points is not None and not 0 <= points <= one.points + ROOM:
                yield Fault((*path, "choices", at, "points"), f"得分应在 0 与满分 {one.points:g} 之间")
    for at, condition in enumerate(one.count.of if one.count else ()):
        yield from _of_condition(condition, (*path, "count", "of", at), set(), scheme)
    for name in ("parts", "best_of"):
        for at, part in enumerate(getattr(one, name) or ()):
            yield from _of_criterion(part, (*path, name, at), seen, scheme)
    if one.parts is not None:
        yield from _sums(f"“{one.title}”", one, one.points, one.parts, (*path, "parts"))
    for at, part in enumerate(one.best_of or ()):
        if part.points is not None and one.points is not None and part.points > one.points + ROOM:
            yield Fault((*path, "best_of", at, "points"), f"满分 {part.points:g} 超过上一级的 {one.points:g}")


def _sums(
    what: str, whole: Criterion | None, points: float | None, parts: Sequence[Criterion], path: Path
) -> Iterable[Fault]:
    """Whether points or weights of parts add up to what stands above them."""
    weights = [part.weight for part in parts]
    if any(weight is not None for weight in weights):
        if whole is None or None in weights:
            yield Fault(path, f"{what}权重 weight 要么各部分都写，要么都不写，且只写在 parts 里")
        elif abs(sum(weight for weight in weights if weight) - 100) > 1e-4:
            yield Fault(path, f"{what}各部分权重合计 {sum(w for w in weights if w):g}，应为 100，请核对")
        return
    counted = [part.points for part in parts if not part.bonus and not part.deduction]
    if points is None or None in counted or not counted:
        return
    total = sum(one for one in counted if one is not None)
    if abs(total - points) > 1e-4:
        yield Fault(path, f"{what}各部分满分合计 {total:g}，与上一级满分 {points:g} 不符，请核对；加分项写 bonus: true")


def band_faults(bands: Sequence[Band], path: Path, most: float | None) -> Iterable[Fault]:
    """Whether bands cover every figure once: no gap, no overlap, open at both ends."""
    if not bands:
        yield Fault(path, "至少要有一档")
        return
    ordered = sorted(enumerate(bands), key=lambda pair: (pair[1].min is not None, pair[1].min or 0.0))
    for at, band in ordered:
        if band.min is not None and band.max is not None and band.min >= band.max:
            yield Fault((*path, at), f"这一档的下限 {band.min:g} 不小于上限 {band.max:g}，请核对")
            return
        if band.points is not None and most is not None and not 0 <= band.points <= most + ROOM:
            yield Fault((*path, at, "points"), f"得分 {band.points:g} 应在 0 与满分 {most:g} 之间")
    if ordered[0][1].min is not None:
        yield Fault(path, f"低于 {ordered[0][1].min:g} 的没有归档，请补一档（原文没有写得分的写 points: null）")
    if ordered[-1][1].max is not None:
        yield Fault(path, f"高于 {ordered[-1][1].max:g} 的没有归档，请补一档（原文没有写得分的写 points: null）")
    for (_a, low), (at, high) in pairwise(ordered):
        if low.max is None or high.min is None or low.max > high.min:
            edge = "开口" if low.max is None or high.min is None else f"{low.max:g} 与 {high.min:g}"
            yield Fault((*path, at), f"两档重叠（{edge}），请让上一档的 max 等于下一档的 min")
        elif low.max < high.min:
            yield Fault((*path, at), f"{low.max:g} 与 {high.min:g} 之间有空档，请让上一档的 max 等于下一档的 min")
