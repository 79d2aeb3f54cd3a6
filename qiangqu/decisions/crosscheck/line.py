"""Kept below a threshold 拆分、压低: a year's revenue below the line of 规模以上 while the meters show more.

Two witnesses of a kind: the enterprise's own earlier years, and peers of its industry and size. Where enterprises
belong together (one address, one owner, one account of the meter), they are also looked at as one: figures that
are too low for one and fit for all together are the mark of an enterprise that was split.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .panel import Flag, Floats, Ints, logs, median, spread
from .witness import Verdict, limits, scales, together

NEAR = 5.0  # peers are those with at most so many times the line
LOWEST = 0.25  # who reports less than this share of the line is no neighbour of it
SHARE = 0.01  # of honest enterprises that a run may flag by either witness
MILD = 0.10  # the same where a partner explains what is missing
LEAST_PEERS = 8
Z90 = 1.645


@dataclass(frozen=True, slots=True)
class Yearly:
    """Enterprises by consecutive ``years``, NaN where there is none: ``reported`` revenue, ``meters`` of the whole
    year. ``group`` numbers those that belong together, -1: none is known. ``line`` is in the unit of
    ``reported``. Raises ValueError for shapes that do not agree.
    """

    years: Sequence[int]
    industry: Ints
    reported: Floats
    meters: Mapping[str, Floats]
    group: Ints
    line: float
    kinds: Mapping[str, str]

    def __post_init__(self) -> None:
        shape = (len(self.industry), len(self.years))
        if any(series.shape != shape for series in (self.reported, *self.meters.values())):
            raise ValueError(f"not all are {shape}")

    def until(self, count: int) -> "Yearly":
        meters = {name: series[:, :count] for name, series in self.meters.items()}
        return Yearly(
            self.years[:count], self.industry, self.reported[:, :count], meters, self.group, self.line, self.kinds
        )


def below_line(yearly: Yearly, *, share: float = SHARE) -> list[Flag]:
    """At most one flag for each enterprise, about the last year. ``gap`` is below 0: so much too low is the
    report (log).
    """
    industries = int(yearly.industry.max(initial=0)) + 1
    reported = yearly.reported
    near = (reported[:, -1] < yearly.line * NEAR) & (reported[:, -1] > 0)
    names, beside = _beside_peers(reported, yearly.meters, yearly)
    before = beside[:, :, :-1]
    own = beside[:, :, -1] - median(before, 2)[:, :, 0] if before.shape[2] else np.full(beside.shape[:2], np.nan)
    own -= np.nan_to_num(_middle(own, yearly.industry))
    witnesses = [_verdict(one, near, yearly.industry, industries) for one in (own, beside[:, :, -1])]
    together_reported, together_meters = _groups(yearly)
    _names, as_one = _beside_peers(together_reported, together_meters, yearly)
    whole = np.nanmedian(np.where(np.isfinite(as_one[:, :, -1]).any(0), as_one[:, :, -1], 0.0), axis=0)
    now = reported[:, -1]
    below = near & (now < yearly.line) & (now >= LOWEST * yearly.line)
    members: dict[int, list[int]] = {}
    for one in map(int, np.flatnonzero((yearly.group >= 0) & (now > 0))):
        members.setdefault(int(yearly.group[one]), []).append(one)
    year = yearly.years[-1]
    found: dict[int, Flag] = {}
    for said in witnesses:
        honest = np.where(near, said.up, np.nan)
        strict, mild = (limits(honest, said.count, one)[said.count] for one in (share, MILD))
        for row in map(int, np.flatnonzero(below & (said.count > 0) & (said.down > np.fmin(strict, mild)))):
            gap = float(said.gap[row])
            if now[row] * np.exp(-gap) < yearly.line:
                continue
            mine = members.get(int(yearly.group[row]), []) if yearly.group[row] >= 0 else []
            partners = tuple(one for one in mine if one != row and now[one] < yearly.line)
            explained = (
                bool(partners)
                and now[row] + now[list(partners)].sum() >= yearly.line
                and abs(float(whole[row])) < abs(gap) / 2
            )
            limit = float(mild[row] if explained else strict[row])
            if said.down[row] <= limit or (
                row in found and found[row].score - found[row].limit > said.down[row] - limit
            ):
                continue
            error = float(said.error[row])
            values = (own if said is witnesses[0] else beside[:, :, -1])[:, row]
            agree = tuple((kind, float(v)) for kind, v in zip(names, values, strict=True) if np.isfinite(v))
            found[row] = Flag(
                row, "split", year * 12, year * 12 + 11, "revenue", gap, gap - Z90 * error, gap + Z90 * error,
                float(said.down[row]), limit, agree, partners if explained else (),
            )  # fmt: skip
    return list(found.values())


def _beside_peers(reported: Floats, meters: Mapping[str, Floats], yearly: Yearly) -> tuple[tuple[str, ...], Floats]:
    """For each kind (kinds, enterprises, years): by how much the report exceeds what peers of the industry and
    size would report with these meters.
    """
    kinds = tuple(dict.fromkeys(yearly.kinds[name] for name in yearly.meters))
    sums, weights = np.zeros((len(kinds), *reported.shape)), np.zeros((len(kinds), *reported.shape))
    small = reported < yearly.line * NEAR
    for name, series in meters.items():
        gap = logs(reported) - logs(series)
        for one in np.unique(yearly.industry):
            rows = yearly.industry == one
            mine = np.where(small[rows], gap[rows], np.nan)
            if np.isfinite(mine).any(1).sum() < LEAST_PEERS:
                mine = gap[rows]
            gap[rows] -= median(mine, 0, LEAST_PEERS)
            size = spread(gap[rows])
            if np.isfinite(size):
                weight, has = 1 / max(size, 0.02) ** 2, np.isfinite(gap[rows])
                at = kinds.index(yearly.kinds[name])
                sums[at, rows] += np.where(has, gap[rows], 0.0) * weight
                weights[at, rows] += has * weight
    return kinds, np.where(weights > 0, sums / np.where(weights > 0, weights, 1.0), np.nan)


def _middle(values: Floats, industry: Ints) -> Floats:
    middle = np.zeros_like(values)
    for one in np.unique(industry):
        middle[:, industry == one] = median(values[:, industry == one], 1, LEAST_PEERS)
    return middle


def _verdict(gaps: Floats, near: "np.typing.NDArray[np.bool_]", industry: Ints, industries: int) -> Verdict:
    own, common = scales(np.where(near, gaps, np.nan), industry, industries)
    return together(gaps, own[:, industry], common[industry])


def _groups(yearly: Yearly) -> tuple[Floats, dict[str, Floats]]:
    """Figures of each enterprise's whole group in its place."""

    def summed(series: Floats) -> Floats:
        whole = series.copy()
        sums = np.zeros((int(yearly.group.max(initial=-1)) + 2, series.shape[1]))
        inside = yearly.group >= 0
        np.add.at(sums, yearly.group[inside], np.nan_to_num(series[inside]))
        whole[inside] = np.where(sums > 0, sums, np.nan)[yearly.group[inside]]
        return whole

    return summed(yearly.reported), {name: summed(series) for name, series in yearly.meters.items()}
