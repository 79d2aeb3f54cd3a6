"""Calibration to published figures: the smallest smooth change that makes sums agree.

Denton's proportional first-difference benchmarking (Denton 1971; Dagum & Cholette 2006, ch. 6; IMF Quarterly
National Accounts Manual 2017, ch. VI) over many groups at once: each group's months are multiplied by factors
that stay as near to one another as they can while weighted sums over groups and months meet the published
levels and growth rates. Groups share a change in proportion to their size.
"""

from dataclasses import dataclass

import numpy as np

from qiangqu.base.units import factor

from .arrays import Bools, Floats, Ints
from .frame import Frame, Published, Window
from .parameters import Parameters
from .schema import Activity, CalibrationRule, GrowthRule

_TIES = 1e-7  # how soft a published figure is: contradictory ones are averaged instead of failing
_LIMITS = (0.1, 10.0)  # a factor beyond these would be a distortion; what is then missed shows in the account


@dataclass(frozen=True)
class Constraint:
    """``sum(values * weights) = target`` over groups x months. ``figure`` says what it stands for; ``kind``
    growth or level.
    """

    figure: Published
    kind: str
    weights: Floats
    target: float
    wanted: float


@dataclass(frozen=True)
class Difference:
    """One line of the calibration's account: what the published figure asks and what the sums give.

    ``wanted`` and ``reached``: percent for growth (current prices), the element's unit for levels; ``before``
    is the value before calibration; ``reason`` says why a figure was not used (then the numbers are None).
    """

    element: str
    published: str
    area: str
    period: str
    kind: str
    wanted: float | None
    before: float | None
    reached: float | None
    reason: str = ""


def benchmark(base: Floats, constraints: list[Floats], targets: Floats, size: Floats) -> Floats:
    """Factors (groups, months), near 1 and smooth in time, with ``sum(base * factors * constraint) = target``
    for each constraint.

    ``base`` (groups, months) are the values, ``size`` (groups,) how much each group counts (its mean).
    Minimises sum_g size_g * [sum_t (x_gt - x_g,t-1)^2 + eps * sum_t x_gt^2], x = factor - 1, by Lagrange
    multipliers: the quadratic form is the same tridiagonal matrix for every group, so one inverse of months x
    months and one solve of constraints x constraints are enough.
    """
    groups, months = base.shape
    if not constraints:
        return np.ones_like(base)
    difference = np.diff(np.eye(months), axis=0)
    form = difference.T @ difference + 1e-3 * np.eye(months)
    inverse = np.linalg.inv(form)
    rows = np.stack([base * c for c in constraints])  # k, groups, months
    scale = np.maximum(np.abs(rows).sum(axis=(1, 2)), 1e-300)
    rows = rows / scale[:, None, None]
    right = targets / scale - rows.sum(axis=(1, 2))
    weight = np.divide(1.0, size, out=np.zeros(groups), where=size > 0)
    spread = (rows @ inverse) * weight[None, :, None]  # Q^-1 A'
    system = np.einsum("kgt,lgt->kl", rows, spread)
    system += _TIES * np.trace(system) / len(system) * np.eye(len(system))
    multipliers = np.linalg.solve(system, right)
    factors: Floats = np.clip(1 + np.einsum("k,kgt->gt", multipliers, spread), *_LIMITS)
    return factors


def constraints_of(
    rule: CalibrationRule,
    parameters: Parameters,
    frame: Frame,
    window: Window,
    base: Floats,
    group_area: Ints,
    group_activity: Ints,
) -> tuple[list[Constraint], list[Difference]]:
    """The published figures that bear on ``rule.element``, and those that cannot be used with the reason."""
    found: list[Constraint] = []
    unused: list[Difference] = []
    taken: set[tuple[str, int, tuple[tuple[int, int], ...]]] = set()
    for growth in rule.growth:
        for figure in frame.published:
            key = (figure.area, figure.period.key, growth.divisions)
            if figure.element != growth.published or key in taken or (growth.areas and figure.area not in growth.areas):
                continue
            member = _members(rule, frame, figure.area, group_area)
            now, then = window.slots(figure.period), window.slots(figure.period.year_ago())
            chosen = None if member is None else member & _in_divisions(growth, parameters.activities, group_activity)
            if now is None or then is None or chosen is None or not base[chosen][:, then].sum() > 0:
                unused.append(_unused(rule, figure, "growth", now, then, chosen))
                continue
            rate = _current_growth(growth, parameters, figure)
            weights = np.zeros_like(base)
            weights[np.ix_(chosen, now)] = 1.0
            weights[np.ix_(chosen, then)] = -(1 + rate)
            found.append(Constraint(figure, "growth", weights, 0.0, 100 * rate))
            taken.add(key)
    for level in rule.level:
        for figure in frame.published:
            if figure.element != level.published or figure.area not in level.areas:
                continue
            if level.periods and figure.period.code not in level.periods:
                continue
            member, now = _members(rule, frame, figure.area, group_area), window.slots(figure.period)
            if now is None or member is None or not base[member][:, now].sum() > 0:
                unused.append(_unused(rule, figure, "level", now, now, member))
                continue
            weights = np.zeros_like(base)
            weights[np.ix_(member, now)] = 1.0
            wanted = (
                level.share
                * figure.value
                * factor(frame.elements[level.published].unit, frame.elements[rule.element].unit)
            )
            found.append(Constraint(figure, "level", weights, wanted, wanted))
    return found, unused


def calibrate(
    rule: CalibrationRule,
    parameters: Parameters,
    frame: Frame,
    window: Window,
    values: Floats,
    zone: Ints,
    activity: Ints,
) -> tuple[Floats, list[Difference]]:
    """Factors for every enterprise and month (enterprises, months) and the account of what was reached.

    ``values`` (enterprises, months) are what was reported; groups are the enterprises of one activity in one
    area below the region.
    """
    area = frame.group_of[zone]
    codes, group = np.unique(area * len(parameters.activities) + activity, return_inverse=True)
    base = np.zeros((len(codes), values.shape[1]))
    np.add.at(base, group, values)
    group_area, group_activity = np.divmod(codes, len(parameters.activities))
    found, unused = constraints_of(rule, parameters, frame, window, base, group_area, group_activity)
    factors = benchmark(
        base, [c.weights for c in found], np.array([c.target for c in found]), np.abs(base).mean(axis=1)
    )
    after = base * factors
    account = [
        Difference(
            rule.element,
            c.figure.element,
            c.figure.area,
            c.figure.period.code,
            c.kind,
            c.wanted,
            _measured(c, base),
            _measured(c, after),
        )
        for c in found
    ]
    return factors[group], account + unused


def measure(constraint_weights: Floats, values: Floats, kind: str) -> float:
    """What the sums give under a constraint's weights: percent growth, or the level."""
    now = float(values[constraint_weights > 0].sum())
    if kind == "level":
        return now
    then = float(values[constraint_weights < 0].sum())
    return 100 * (now / then - 1)


def _measured(constraint: Constraint, values: Floats) -> float:
    return measure(constraint.weights, values, constraint.kind)


def _members(rule: CalibrationRule, frame: Frame, area: str, group_area: Ints) -> Bools | None:
    parts = rule.areas.get(area, (area,))
    known = {frame.region, *frame.groups}
    if not set(parts) <= known:
        return None
    wanted = sorted({g for part in parts for g in frame.groups_in(part)})
    return np.isin(group_area, wanted)


def _in_divisions(rule: GrowthRule, activities: tuple[Activity, ...], group_activity: Ints) -> Bools:
    if not rule.divisions:
        return np.ones(len(group_activity), dtype=bool)
    inside = np.array([any(low <= int(a.code[:2]) <= high for low, high in rule.divisions) for a in activities])
    return inside[group_activity]


def _current_growth(rule: GrowthRule, parameters: Parameters, figure: Published) -> float:
    """The published growth as a fraction, at current prices."""
    rate = figure.value / 100
    if rule.real:
        rate = (1 + rate) * (1 + parameters.prices.get(figure.period.year, 0.0) / 100) - 1
    return rate


def _unused(
    rule: CalibrationRule, figure: Published, kind: str, now: Ints | None, then: Ints | None, member: object
) -> Difference:
    if now is None:
        reason = "不在模拟时段内"
    elif then is None:
        reason = "上年同期不在模拟时段内"
    elif member is None:
        reason = "该区域没有单独的企业分组"
    else:
        reason = "该区域没有相应企业"
    return Difference(rule.element, figure.element, figure.area, figure.period.code, kind, None, None, None, reason)
