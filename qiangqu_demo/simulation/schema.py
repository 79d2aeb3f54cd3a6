"""Sections of ``simulation.yaml`` as tables of attributes: type, bounds, meaning.

Money is in 亿元, energy in 万吨标准煤, shares in 0–1, growth in percent a year where the name says ``trend``
or ``prices``.
"""

from dataclasses import dataclass, field

from .reading import bounded

MAX_ENTERPRISES = 200_000


@dataclass(frozen=True)
class Names:
    marker: str
    legal_form: str
    first: str
    second: str


@dataclass(frozen=True)
class Ownership:
    """A registration type 登记注册类型."""

    name: str
    share: float = bounded(0, 1)
    size_weight: float = bounded(0, 10)
    outside_trend: float = bounded(-1, 1)


@dataclass(frozen=True)
class Enterprises:
    count: int = bounded(24, MAX_ENTERPRISES)
    above_scale_share: float = bounded(0.01, 0.9)
    services: float = bounded(0, 0.5)
    entries_a_year: float = bounded(0, 0.5)
    exits_a_year: float = bounded(0, 0.5)
    exits_by_closure: float = bounded(0, 1)
    births_a_year: float = bounded(0, 0.5)
    closures_a_year: float = bounded(0, 0.5)
    january_entries: float = bounded(0, 1)
    earliest_year: int = bounded(1950, 2100)
    ownership: tuple[Ownership, ...] = ()


@dataclass(frozen=True)
class Sizes:
    threshold: float = bounded(0.001, 10)
    sigma: float = bounded(0.1, 4)
    tail_share: float = bounded(0, 0.5)
    tail_alpha: float = bounded(0.5, 5)
    largest_share: float = bounded(0.01, 1)
    small_median: float = bounded(1e-4, 10)
    small_sigma: float = bounded(0.1, 4)
    entrant_median: float = bounded(1e-3, 100)
    entrant_sigma: float = bounded(0.05, 4)
    greenfield_share: float = bounded(0, 1)
    greenfield_median: float = bounded(1e-3, 1000)


@dataclass(frozen=True)
class Dynamics:
    base_year: int = bounded(1990, 2100)
    base_value_added: float = bounded(1e-3, 1e6)
    trend_sigma: float = bounded(0, 1)
    shock_sigma: float = bounded(0, 1)
    shock_memory: float = bounded(0, 0.99)
    report_noise: float = bounded(0, 0.2)
    ramp_months: int = bounded(1, 60)
    efficiency: float = bounded(-0.2, 0.2)
    water_efficiency: float = bounded(-0.2, 0.2)
    productivity: float = bounded(-0.2, 0.3)
    festival_dip: float = bounded(0, 0.95)
    festival_days: tuple[int, int] = bounded(-40, 40)


@dataclass(frozen=True)
class Reporting:
    missing: float = bounded(0, 0.5)
    missing_last_month: float = bounded(0, 0.9)
    corrected: float = bounded(0, 0.5)
    correction_sigma: float = bounded(0, 1)
    corrected_together: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sector:
    """An industry of the plan (``other`` for what is none of them)."""

    share: float = bounded(0, 1)
    trend: float = bounded(-30, 60)
    margin: float = bounded(-0.3, 0.6)
    tax: float = bounded(0, 0.5)
    export: float = bounded(0, 1)
    exporters: float = bounded(0, 1)
    invest: float = bounded(0, 3)
    rd: float = bounded(0, 0.3)
    continuity: float = bounded(0, 1)
    count: float = bounded(0, 1)
    season: tuple[float, ...] = bounded(0, 3)
    trades: tuple[str, ...] = ()


@dataclass(frozen=True)
class Activity:
    """A class of GB/T 4754-2017 and its technology: per 亿元 of output, energy in 万吨标准煤, power in
    万千瓦时, water in 万立方米, waste in 吨.
    """

    code: str
    name: str
    sector: str
    chain: str
    weight: float = bounded(0, 1000)
    value_added_rate: float = bounded(0.02, 0.75)
    energy: float = bounded(0, 20)
    power: float = bounded(0, 50_000)
    water: float = bounded(0, 500)
    waste: float = bounded(0, 500_000)
    per_worker: float = bounded(1, 5000)
    industrial: bool = True
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Zone:
    affinity: dict[str, float] = field(metadata={"low": 0, "high": 1000})
    output: float = bounded(0, 1e6)
    count: float = bounded(0, 1e6)
    per_mu: float = bounded(1, 100_000)


@dataclass(frozen=True)
class GrowthRule:
    """Sums must grow as ``published``. ``real``: the published rate is at constant prices. ``divisions``:
    ranges of GB/T 4754 divisions.

    ``areas``: only the figures of these areas; none named: of all.
    """

    published: str
    real: bool = False
    divisions: tuple[tuple[int, int], ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class LevelRule:
    """Sums must be ``share`` of the ``published`` level in the named areas (and periods; none named: all)."""

    published: str
    areas: tuple[str, ...]
    share: float = bounded(0, 2)
    periods: tuple[str, ...] = ()


@dataclass(frozen=True)
class CalibrationRule:
    element: str
    scale: str
    areas: dict[str, tuple[str, ...]]
    growth: tuple[GrowthRule, ...] = ()
    level: tuple[LevelRule, ...] = ()


@dataclass(frozen=True)
class Calibration:
    rules: tuple[CalibrationRule, ...]


@dataclass(frozen=True)
class Path:
    """From the first month to the last, linear."""

    from_: float = bounded(0, 1e6)
    to: float = bounded(0, 1e6)
    spread: float = bounded(0, 1e6, 0.0)


@dataclass(frozen=True)
class Digital:
    key_process_nc_rate: Path
    digital_design_tool: Path
    cloud_adopted_above: Path
    cloud_adopted_small: Path
    devices_on_cloud: Path
    devices_per_output: float = bounded(0, 1e5)


@dataclass(frozen=True)
class Innovation:
    active_share: Path
    state_growth: float = bounded(-0.5, 0.5)
    per_person: float = bounded(1e-6, 1)
    new_product_share: float = bounded(0, 1)


@dataclass(frozen=True)
class Environment:
    utilisation: Path
    disposal_share: float = bounded(0, 1)
    reuse: float = bounded(0, 0.995)
    co2_per_tce: float = bounded(0, 10)
    co2_per_mwh: float = bounded(0, 2)


@dataclass(frozen=True)
class Finance:
    assets_to_output: float = bounded(0, 20)
    liabilities: float = bounded(0, 2)
    capital_to_output: float = bounded(0, 20)
    renovation_share: float = bounded(0, 1)
    renovation_growth: float = bounded(-0.5, 0.5)
    active_years: float = bounded(0, 1)


@dataclass(frozen=True)
class Renewable:
    codes: tuple[str, ...]
    published: str
    growth: float = bounded(-0.5, 2)


@dataclass(frozen=True)
class Spandex:
    codes: tuple[str, ...]
    from_: float = bounded(0, 1e4)
    to: float = bounded(0, 1e4)


@dataclass(frozen=True)
class Capacity:
    renewable: Renewable
    spandex: Spandex


@dataclass(frozen=True)
class Land:
    use: str
    other_use: str
    growth: float = bounded(-0.1, 0.3)
    parcels_per_large: float = bounded(1, 20)
    small_holders: float = bounded(0, 1)
    small_median: float = bounded(0.1, 1000)
    idle: float = bounded(0, 0.5)
    low_use: float = bounded(0, 0.5)
    unsupplied: float = bounded(0, 0.5)
    other_use_share: float = bounded(0, 1)


@dataclass(frozen=True)
class Title:
    """A kind of recognition: valid holders at the end of each year of ``Recognitions.years``, and who may
    hold it.
    """

    holders: tuple[int, ...] = bounded(0, 100_000)
    scale: str = "any"
    size_power: float = bounded(0, 3, 0.0)
    industrial: bool = False
    sectors: tuple[str, ...] = ()
    among: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Recognitions:
    years: tuple[int, ...]
    kinds: dict[str, Title]
    renewal: float = bounded(0, 1)
    withdrawn: float = bounded(0, 0.5)


@dataclass(frozen=True)
class RegionalElement:
    """Values of the region at the end of (or over) the first years of ``Regional.years``; ``stands``: it stands
    at a time, so that the newest month has one, too.
    """

    values: tuple[float, ...] = bounded(0, 1e6)
    stands: bool = False


@dataclass(frozen=True)
class Regional:
    years: tuple[int, ...]
    elements: dict[str, RegionalElement]


@dataclass(frozen=True)
class ProjectFact:
    """A fact about a finished project: log-normal ``median`` and ``sigma``, or one of ``counts``."""

    median: float = bounded(0, 1e6, 0.0)
    sigma: float = bounded(0, 4, 0.0)
    counts: tuple[int, ...] = bounded(0, 1000, ())


@dataclass(frozen=True)
class ProjectKindRule:
    things: tuple[str, ...]
    owner: str
    starts: tuple[int, ...] = bounded(0, 100_000)
    months: tuple[int, int] = bounded(1, 120)
    investment: float = bounded(1, 1e8)
    sigma: float = bounded(0, 4)
    scale: str = "any"
    size_power: float = bounded(0, 3, 0.0)
    sectors: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    facts: dict[str, ProjectFact] = field(default_factory=dict)


@dataclass(frozen=True)
class Projects:
    years: tuple[int, ...]
    kinds: dict[str, ProjectKindRule]
    reserve_share: float = bounded(0, 0.9)
    cancelled: float = bounded(0, 0.9)
