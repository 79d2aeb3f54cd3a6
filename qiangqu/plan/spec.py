"""A target as the rules see it, and what they say of it. Pure: nothing here knows of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from qiangqu.base.units import factor, is_known_unit, same_dimension
from qiangqu.decisions.paths import Keep, Path

from . import observations as obs
from .observations import Expected, Observation
from .rule import Shown, State

Logic = Literal["path", "yearly", "mean_growth", "assigned"]
# what the whole is called in units of share: a share or a relative change in these is bounded by it
WHOLES = {"%": 100.0, "％": 100.0, "‰": 1000.0}
RATE_UNITS = frozenset({*WHOLES, "百分点", "个百分点"})
# that are added so that two values of which one reaches the other are not shown the other way round
MOST_DECIMALS = 3


@lru_cache(maxsize=256)
def is_counted(unit: str) -> bool:
    """Whether the unit counts pieces that come whole (家, 个, 人; not 万家).

    >>> is_counted("家"), is_counted("人"), is_counted("万户"), is_counted("亿元")
    (True, True, False, False)
    """
    return is_known_unit(unit) and any(same_dimension(unit, one) and factor(unit, one) == 1.0 for one in ("个", "人"))


def difference_unit(unit: str) -> str:
    """The unit of a difference of two values: of two percentages it is a percentage point.

    >>> difference_unit("%"), difference_unit("亿元")
    ('个百分点', '亿元')
    """
    return {"%": "个百分点", "％": "个百分点", "‰": "个千分点", "百分点": "个百分点"}.get(unit, unit)


@dataclass(frozen=True, slots=True)
class Spec:
    """A target as the rules see it. ``flow``: the indicator's value of a year is the sum of its months
    (output), not a standing quantity.
    """

    kind: str
    comparator: str
    value: float | None
    value_max: float | None
    unit: str
    year: int
    base_year: int | None
    base: float | None
    shape: str
    start_year: int
    milestones: Mapping[int, float] = field(default_factory=dict)
    flow: bool = False
    decimals: int = 1
    base_reason: str = ""

    @property
    def upward(self) -> bool:
        if self.comparator == "=" and self.value is not None and self.base is not None:
            return self.value >= self.base
        return self.comparator in (">=", ">", "=")

    @property
    def whole(self) -> bool:
        """Whether the quantity comes in whole pieces."""
        counts = self.kind in ("count", "cumulative", "yearly", "level") and is_counted(self.unit)
        return counts and (self.value is None or float(self.value).is_integer())

    @property
    def capped(self) -> bool:
        """A sum since a year that must stay below something: it is reached only when the time is over."""
        return self.kind == "cumulative" and not self.upward

    @property
    def keep(self) -> Keep:
        """Which way the path may not turn back; a sum that is capped, and what is to be met exactly, go their
        own way.
        """
        if self.comparator == "=" or self.capped:
            return ""
        return "up" if self.upward else "down"

    @property
    def logic(self) -> Logic:
        if self.value is None:
            return "assigned"
        if self.kind == "annual_growth":
            return "mean_growth"
        if self.kind == "yearly" or self.shape == "yearly":
            return "yearly"
        return "path"

    def reached_by(self, value: float) -> bool:
        """Whether ``value`` reaches the target (the lower end of a range)."""
        assert self.value is not None
        match self.comparator:
            case ">=":
                return value >= self.value
            case ">":
                return value > self.value
            case "<=":
                return value <= self.value
            case "<":
                return value < self.value
            case _:
                return abs(value - self.value) <= self.tolerance + 1e-9 * max(1.0, abs(self.value))

    @property
    def tolerance(self) -> float:
        """By how much a value may differ that is to be met exactly: what its decimals do not show."""
        return 0.0 if self.whole else 0.5 * 10.0**-self.decimals

    @property
    def difference_unit(self) -> str:
        return difference_unit(self.unit)


@dataclass(frozen=True, slots=True)
class Verdict:
    """State, why, and the numbers behind it. Rates are per year: in % when ``rate_in_percent``, else in the
    target's unit.

    ``stale``: the value is too old to say anything, and the state is ``no_data``. ``reached``: it reaches the
    target today, whether or not it will then. ``lag`` is how far behind the path, as a share of the whole
    way; ``beside`` the newest value of the other sort (simulated beside a real one, real beside a simulated
    one), which decided nothing; ``findings`` are what the planner should look at in the target itself;
    ``applied`` are the numbers held against the rule. ``expected`` is what the running year will end with by
    its months; ``by_expected``: that, and not the latest value, was held against the path.
    """

    state: State
    reason: str
    base: float | None = None
    base_year: int | None = None
    current: Observation | None = None
    required_now: float | None = None
    required_then: float | None = None
    rate_seen: float | None = None
    rate_needed: float | None = None
    rate_in_percent: bool = False
    chance: float | None = None
    path: Path | None = None
    years: tuple[tuple[int, float | None, bool | None], ...] = ()
    stale: bool = False
    reached: bool = False
    lag: float | None = None
    beside: Observation | None = None
    findings: tuple[str, ...] = ()
    applied: str = ""
    expected: Expected | None = None
    by_expected: bool = False

    @property
    def shown(self) -> Shown:
        """The state as pages show it: what is too old is apart from what is missing."""
        return "stale" if self.stale else self.state


def number(value: float | None, decimals: int = 1) -> str:
    """A number in a sentence: thousands separators, no trailing zeros."""
    if value is None:
        return "—"
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def base_of(spec: Spec, observations: Sequence[Observation]) -> tuple[int, float] | None:
    """The base: as stated, else the value observed for the base year. Growth and yearly targets have none."""
    if spec.base_year is None:
        return None
    if spec.base is not None:
        return spec.base_year, spec.base
    if spec.logic != "path" or spec.kind == "change":
        return (spec.base_year, 0.0) if spec.kind == "change" else None
    ends = obs.yearly(observations) if spec.flow else obs.year_ends(observations)
    found = ends.get(spec.base_year)
    return None if found is None or found.value is None else (spec.base_year, found.value)


def since(spec: Spec) -> float:
    """The end of the base year: what lies after it is the plan's own time."""
    return float(spec.base_year + 1 if spec.base_year is not None else spec.start_year)


def telling(value: float | None, limits: Sequence[float | None], decimals: int) -> int:
    """Decimals with which ``value`` is seen to lie on the side of each limit on which it lies: ``decimals``
    or up to 3 more.

    >>> telling(119.96, [120.0], 1), telling(119.9, [120.0], 1), telling(120.0, [120.0], 1)
    (2, 1, 1)
    """
    if value is None:
        return decimals
    apart = [limit for limit in limits if limit is not None and limit != value]
    for shown in range(decimals, decimals + MOST_DECIMALS):
        if all(round(value, shown) != round(limit, shown) for limit in apart):
            return shown
    return decimals if all(abs(value - limit) <= 1e-9 * max(1.0, abs(limit)) for limit in apart) else decimals + 3
