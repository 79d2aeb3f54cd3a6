"""What single files do not show: units and subjects of the values, other schemes, editions that overlap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.units import is_known_unit
from qiangqu.formulas.attributes import SubjectInfo
from qiangqu.formulas.catalog import IndicatorInfo
from qiangqu.formulas.dimensions import conversion

from .kinds import KINDS
from .language import Criterion, Scheme, Value
from .reading import Fault


@dataclass(frozen=True)
class Known:
    """What a scheme may name. ``subjects``: the declared registers."""

    indicators: Mapping[str, IndicatorInfo] = field(default_factory=dict)
    recognitions: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, SubjectInfo] = field(default_factory=dict)


def faults_against(scheme: Scheme, known: Known, schemes: Mapping[str, Sequence[Scheme]]) -> Iterable[Fault]:
    """Names that there are not, figures of somebody else, units that do not go together."""
    if scheme.subject not in KINDS:
        allowed = "、".join(f"{one.code}（{one.title}）" for one in KINDS.values())
        yield Fault(("subject",), f"没有评价对象“{scheme.subject[:40]}”；可用 {allowed}")
        return
    if scheme.grants is not None and scheme.grants not in known.recognitions:
        yield Fault(("grants",), f"没有认定类别“{scheme.grants[:60]}”，请先写入 recognitions.yaml")
    for name, value in scheme.values.items():
        for message in _of_value(scheme, value, known, schemes):
            yield Fault(("values", name), message)


def _of_value(scheme: Scheme, value: Value, known: Known, schemes: Mapping[str, Sequence[Scheme]]) -> Iterable[str]:
    if value.unit and not is_known_unit(value.unit):
        yield f"不认识的单位“{value.unit[:20]}”"
        return
    if value.indicator is not None:
        info = known.indicators.get(value.indicator)
        if info is None:
            yield f"没有指标“{value.indicator[:60]}”，请先写入 indicators.yaml"
            return
        mine = KINDS[scheme.subject].register
        if info.subject != mine:
            yield (
                f"指标“{info.name}”不是逐个{KINDS[scheme.subject].title}取值的，用它就是拿别的对象的数评这个对象；"
                f"请改用取值对象为 {mine} 的指标"
            )
        elif conversion(info.unit, value.unit) is None:
            yield f"单位“{value.unit}”与指标“{info.name}”的单位“{info.unit}”不是同一类量，请改用可换算的单位"
    for kind in value.titles or ():
        if KINDS[scheme.subject].register != "organisation":
            yield "只有单位持有认定，其他对象不能用 titles"
            break
        if kind not in known.recognitions:
            yield f"没有认定类别“{kind[:60]}”，请先写入 recognitions.yaml"
    if value.attribute is not None:
        register = known.subjects.get(KINDS[scheme.subject].register)
        attributes = register.attributes if register else {}
        if value.attribute not in attributes:
            yield f"没有属性“{value.attribute[:40]}”；可用 {'、'.join(attributes) or '（没有）'}"
    if value.scheme is not None:
        others = schemes.get(value.scheme)
        if not others:
            yield f"没有方案“{value.scheme[:60]}”"
        elif others[0].subject != scheme.subject:
            yield f"方案“{others[0].title}”评的不是同一类对象，不能引用"


def faults_between(schemes: Iterable[Scheme]) -> Iterable[tuple[Scheme, Fault]]:
    """Editions of one scheme that are in force on the same day, or are the same; circles of schemes."""
    by_code: dict[str, list[Scheme]] = {}
    for scheme in schemes:
        by_code.setdefault(scheme.code, []).append(scheme)
    for editions in by_code.values():
        yield from _overlaps(sorted(editions, key=lambda one: str(one.document.since)))
    draws = {
        code: sorted({value.scheme for one in editions for value in one.values.values() if value.scheme})
        for code, editions in by_code.items()
    }
    for circle in _circles(draws):
        names = " → ".join(by_code[code][0].title for code in circle if code in by_code)
        yield by_code[circle[0]][0], Fault(("values",), f"方案相互引用成了圈：{names}，请去掉其中一处引用")


def _overlaps(editions: Sequence[Scheme]) -> Iterable[tuple[Scheme, Fault]]:
    for one, following in pairwise(editions):
        start, end = following.document.since, one.document.expires
        if one.edition == following.edition:
            yield following, Fault(("edition",), f"“{one.title}”的版本 {one.edition} 有两份，请改为不同的版本")
        elif end is None or (start is not None and end >= start):
            until = f"到 {end}" if end else "没有截止日期"
            yield (
                following,
                Fault(
                    ("document",),
                    f"从 {start} 起与版本 {one.edition}（{until}）重叠，同一天只能有一个版本；"
                    f"请在版本 {one.edition} 的 document.expires 写它的最后一天",
                ),
            )


def _circles(draws: Mapping[str, Sequence[str]]) -> Iterable[list[str]]:
    done: set[str] = set()

    def walk(code: str, path: list[str]) -> list[str] | None:
        if code in path:
            return [*path[path.index(code) :], code]
        if code in done:
            return None
        for other in draws.get(code, ()):
            found = walk(other, [*path, code])
            if found:
                return found
        done.add(code)
        return None

    for code in draws:
        found = walk(code, [])
        if found:
            yield found
            return


def in_order(schemes: Sequence[Scheme]) -> list[Scheme]:
    """Schemes with those first from which others draw. Raises InputError for a circle."""
    by_code = {one.code: one for one in schemes}
    ordered: dict[str, Scheme] = {}

    def add(one: Scheme, path: tuple[str, ...]) -> None:
        if one.code in path:
            raise InputError(f"方案相互引用成了圈：{' → '.join([*path, one.code])}，请去掉其中一处引用")
        for value in one.values.values():
            if value.scheme in by_code and value.scheme not in ordered:
                add(by_code[value.scheme], (*path, one.code))
        ordered.setdefault(one.code, one)

    for one in schemes:
        add(one, ())
    return list(ordered.values())


def edition_on(editions: Sequence[Scheme], day: Any) -> Scheme | None:
    """The edition that is in force on a day, by the dates that the files give."""
    for one in sorted(editions, key=lambda s: str(s.document.since), reverse=True):
        since, end = one.document.since, one.document.expires
        if since is not None and since <= day and (end is None or day <= end):
            return one
    return None


def names_of(one: Criterion, scheme: Scheme) -> set[str]:
    """The values on which a criterion rests, also through its parts."""
    found: set[str] = set()
    waiting = [one]
    while waiting:
        part = waiting.pop()
        found |= {name for name in (part.value, part.mark) if name}
        roots = [choice.when for choice in part.choices or ()] + list(part.count.of if part.count else ())
        found |= {leaf.value for root in roots for leaf in root.leaves() if leaf.value}
        waiting += part.children
    return found & scheme.values.keys()
