"""What the large enterprises report: monthly series of every element, calibrated, and their yearly reports.

All arrays are (large, months) or (large,), in the elements' own units (亿元, 万吨标准煤, 万千瓦时, 万立方米,
吨, 万人). A cell where an enterprise does not report, or its report did not come in, is 0 in flows and left
out when facts are made.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, stream
from .calibration import Difference, calibrate
from .frame import Frame, Window
from .parameters import Parameters
from .paths import active, activity_paths, memory_noise, received
from .population import Population
from .schema import Path

MONTHLY = (
    "gross_output",
    "sales_output",
    "value_added",
    "operating_revenue",
    "total_profit",
    "tax_paid",
    "fixed_asset_investment_enterprise",
    "technical_renovation_investment",
    "rd_expenditure",
    "energy_consumption",
    "electricity_consumption",
    "water_withdrawal",
    "solid_waste_generated",
    "solid_waste_utilised",
    "employees",
    "export_delivery_value",
)
"""Elements that large enterprises report each month."""

MAY_BE_ZERO = frozenset(
    {
        "fixed_asset_investment_enterprise",
        "technical_renovation_investment",
        "rd_expenditure",
        "solid_waste_generated",
        "solid_waste_utilised",
        "export_delivery_value",
    }
)
"""Lines on which an enterprise may truthfully write 0."""

EMPTY_WHEN_ZERO = frozenset({"export_delivery_value"})
"""Lines that are left empty by those whom they do not concern."""

INDUSTRY_ONLY = frozenset({"value_added"})
"""Lines of the industrial form only: service enterprises have no industrial value added."""

_MOST_VALUE_ADDED = 0.82  # of output: a rate above it is not believable whatever the calibration asks
_QUARTER_RHYTHM = np.array(
    [1.45, 0.78, 0.80, 1.40, 0.82, 0.78, 1.35, 0.80, 0.80, 1.35, 0.80, 0.87]
)  # taxes come in after each quarter
_BUILDING = np.array(
    [0.25, 0.30, 0.80, 1.00, 1.15, 1.35, 1.15, 1.15, 1.30, 1.25, 1.20, 1.10]
)  # frost stops building sites


@dataclass(frozen=True)
class Monthly:
    """``values`` by element, ``came``: which reports came in, ``account``: the calibration's."""

    values: dict[str, Floats]
    came: Bools
    account: list[Difference]


def ramp(path: Path, window: Window) -> Floats:
    """The path's value in each month, shape (months,)."""
    return np.linspace(path.from_, path.to, window.months)


def monthly_series(parameters: Parameters, frame: Frame, window: Window, large: Population, seed: int) -> Monthly:
    """All monthly series of the large enterprises, calibrated one after the other in the order in which they
    build on one another.
    """
    shape = (len(large), window.months)
    came = received(parameters, window, large, seed)
    years = _years(parameters, window)
    account: list[Difference] = []
    values: dict[str, Floats] = {}
    d = parameters.dynamics
    activities = parameters.activities

    def of(name: str) -> Floats:
        return np.array([getattr(a, name) for a in activities], dtype=float)[large.activity][:, None]

    def sector(name: str) -> Floats:
        return np.array([getattr(s, name) for s in parameters.sectors.values()], dtype=float)[large.sector][:, None]

    def own(name: str, sigma: float) -> Floats:
        """A lasting trait of each enterprise, log-normal around 1, shape (large, 1)."""
        return np.exp(sigma * stream(seed, f"own:{name}").standard_normal((len(large), 1)))

    def wobble(name: str) -> Floats:
        return np.exp(memory_noise(stream(seed, f"wobble:{name}"), *shape, d.report_noise, 0.5))

    def settle(name: str, series: Floats) -> Floats:
        """Calibrate and keep ``series``."""
        for rule in parameters.calibration.rules:
            if rule.element == name:
                rows = np.flatnonzero(large.industrial) if rule.scale == "above" else np.arange(len(large))
                seen = np.where(came, series, 0.0)[rows]
                factors, lines = calibrate(
                    rule, parameters, frame, window, seen, large.zone[rows], large.activity[rows]
                )
                series = series.copy()
                series[rows] *= factors
                account.extend(lines)
        values[name] = series
        return series

    value_added = settle("value_added", activity_paths(parameters, window, large, seed))
    rate = np.clip(of("value_added_rate") * own("rate", 0.10) * wobble("rate"), 0.04, 0.75)
    output = settle("gross_output", value_added / rate)
    output = np.maximum(output, value_added / _MOST_VALUE_ADDED)
    values["gross_output"] = output
    sales = settle("sales_output", output * np.minimum(0.975 * own("sales", 0.01) * wobble("sales"), 1.05))
    revenue = settle("operating_revenue", sales * 1.02 * own("revenue", 0.03) * wobble("revenue"))
    rng = stream(seed, "profit")
    margin = sector("margin") + 0.045 * rng.standard_normal((len(large), 1)) + memory_noise(rng, *shape, 0.02, 0.8)
    settle("total_profit", revenue * np.clip(margin, -0.35, 0.45))
    settle(
        "tax_paid",
        output * sector("tax") * own("tax", 0.30) * wobble("tax") * _QUARTER_RHYTHM[window.month_of - 1][None, :],
    )
    volume = (
        output / _price_index(parameters, window)[None, :]
    )  # what is burnt, drawn and thrown away follows quantities, not prices
    thrift = np.exp(-d.efficiency * years)[None, :]
    settle("energy_consumption", volume * of("energy") * own("energy", 0.22) * wobble("energy") * thrift)
    settle("electricity_consumption", volume * of("power") * own("power", 0.25) * wobble("power") * thrift)
    settle(
        "water_withdrawal",
        volume * of("water") * own("water", 0.30) * wobble("water") * np.exp(-d.water_efficiency * years)[None, :],
    )
    waste = settle("solid_waste_generated", volume * of("waste") * own("waste", 0.30) * wobble("waste") * thrift)
    used = ramp(parameters.environment.utilisation, window)[None, :] * own("utilisation", 0.25) * wobble("utilisation")
    settle("solid_waste_utilised", waste * np.minimum(used, 0.98))
    settle("employees", _employees(parameters, window, large, output, of("per_worker"), years, own("employees", 0.25)))
    settle("export_delivery_value", sales * _export_share(parameters, large, seed) * wobble("export"))
    invested = settle(
        "fixed_asset_investment_enterprise", _investment(parameters, window, large, value_added, sector("invest"), seed)
    )
    renovated = np.minimum(invested, invested * _renovation_share(parameters, window, large, years, seed))
    settle("technical_renovation_investment", renovated)
    state = np.array([o.outside_trend > 0 for o in parameters.enterprises.ownership])[large.ownership][:, None]
    research = revenue * sector("rd") * own("rd", 0.7) * wobble("rd") * np.exp(0.05 * years)[None, :]
    research = research * np.where(state, np.exp(parameters.innovation.state_growth * years)[None, :], 1.0)
    settle("rd_expenditure", research * research_active(parameters, window, large, seed))
    return Monthly(_rounded(values, frame, came), came, account)


def research_active(parameters: Parameters, window: Window, large: Population, seed: int) -> Bools:
    """Whether each enterprise does research in each month, shape (large, months); starts and stops with
    calendar years.
    """
    rng = stream(seed, "research")
    rank = np.argsort(np.argsort(large.size)) / max(len(large) - 1, 1)
    reluctance = np.argsort(np.argsort(rng.random(len(large)) - 0.5 * rank)) / max(len(large), 1)
    share = ramp(parameters.innovation.active_share, window)
    by_year = {int(y): share[window.years_of == y].mean() for y in np.unique(window.years_of)}
    wanted = np.array([by_year[int(y)] for y in window.years_of])
    active_in: Bools = reluctance[:, None] < wanted[None, :]
    return active_in


def _years(parameters: Parameters, window: Window) -> Floats:
    """Years since the middle of the base year, shape (months,)."""
    years: Floats = (np.arange(window.months) + window.first - parameters.dynamics.base_year * 12 - 5.5) / 12
    return years


def _price_index(parameters: Parameters, window: Window) -> Floats:
    """Price level of each month's year, the base year's being 1, shape (months,)."""
    base = parameters.dynamics.base_year
    index = {base: 1.0}
    for year in range(base + 1, int(window.years_of.max()) + 1):
        index[year] = index[year - 1] * (1 + parameters.prices.get(year, 0.0) / 100)
    for year in range(base - 1, int(window.years_of.min()) - 1, -1):
        index[year] = index[year + 1] / (1 + parameters.prices.get(year + 1, 0.0) / 100)
    return np.array([index[int(y)] for y in window.years_of])


def _employees(
    parameters: Parameters,
    window: Window,
    large: Population,
    output: Floats,
    per_worker: Floats,
    years: Floats,
    own: Floats,
) -> Floats:
    """Staff follows output slowly: the enterprise's mean output, moved by the square root of where the year
    stands to it.
    """
    on = active(window, large)
    mean = (output * on).sum(1) / np.maximum(on.sum(1), 1)
    smooth = np.empty_like(output)
    level = mean.copy()
    for t in range(output.shape[1]):
        level = np.where(on[:, t], 0.88 * level + 0.12 * output[:, t], level)
        smooth[:, t] = level
    relative = np.sqrt(smooth / np.maximum(mean, 1e-12)[:, None])
    staff = (
        mean[:, None]
        * 12
        / per_worker
        * relative
        * own
        * np.exp(-0.4 * parameters.dynamics.productivity * years)[None, :]
    )
    return np.maximum(staff, 5e-4) * on  # at least five people


def _export_share(parameters: Parameters, large: Population, seed: int) -> Floats:
    """Share of sales that is exported, shape (large, 1); most enterprises export nothing."""
    rng = stream(seed, "export")
    sectors = list(parameters.sectors.values())
    exporters = np.array([s.exporters for s in sectors])[large.sector]
    share = np.array([s.export / s.exporters if s.exporters else 0.0 for s in sectors])[large.sector]
    drawn = np.where(
        rng.random(len(large)) < exporters, np.minimum(share * np.exp(0.5 * rng.standard_normal(len(large))), 0.9), 0.0
    )
    result: Floats = drawn[:, None]
    return result


def _investment(
    parameters: Parameters, window: Window, large: Population, value_added: Floats, rate: Floats, seed: int
) -> Floats:
    """Lumpy investment: some years none, some much; spread over the months of the building season."""
    rng = stream(seed, "investment")
    invested = np.zeros_like(value_added)
    share = parameters.finance.active_years
    for year in np.unique(window.years_of):
        here = np.flatnonzero(window.years_of == year)
        invests = rng.random(len(large)) < share
        lump = np.exp(0.9 * rng.standard_normal(len(large)) - 0.405) / max(share, 1e-6)
        months = _BUILDING[window.month_of[here] - 1][None, :] * np.exp(
            0.25 * rng.standard_normal((len(large), len(here)))
        )
        meant = value_added[:, here].mean(axis=1) * rate[:, 0]
        yearly = meant * lump * invests
        yearly *= meant.sum() / max(yearly.sum(), 1e-12)  # a few giants would otherwise swing the whole
        invested[:, here] = yearly[:, None] * months
    return invested * active(window, large)


def _renovation_share(parameters: Parameters, window: Window, large: Population, years: Floats, seed: int) -> Floats:
    """Share of investment that is technical renovation, by enterprise and calendar year."""
    rng = stream(seed, "renovation")
    share = np.zeros((len(large), window.months))
    mean = parameters.finance.renovation_share
    for year in np.unique(window.years_of):
        here = np.flatnonzero(window.years_of == year)
        drawn = np.where(rng.random(len(large)) < 0.6, rng.beta(2, 3, len(large)) * mean / 0.24, 0.0)
        share[:, here] = drawn[:, None]
    return share * np.exp(parameters.finance.renovation_growth * years)[None, :]


def _rounded(values: dict[str, Floats], frame: Frame, came: Bools) -> dict[str, Floats]:
    """Values as they are reported: to the element's decimals; a quantity that somebody has is never rounded
    to nothing.
    """
    rounded = {}
    for name, series in values.items():
        step = 10.0 ** -frame.elements[name].decimals
        shown = np.round(series, frame.elements[name].decimals)
        if name not in MAY_BE_ZERO and name != "total_profit":
            shown = np.maximum(shown, step)
        rounded[name] = np.where(came, shown, 0.0)
    few = rounded["value_added"] >= rounded["gross_output"]
    step = 10.0 ** -frame.elements["gross_output"].decimals
    rounded["gross_output"] = np.where(few & came, rounded["value_added"] + step, rounded["gross_output"])
    return rounded
