"""Reports by the year: what the large add to their months, and the little that enterprises below the
threshold report.

Enterprises below scale report output, sales, revenue, taxes, staff and energy once a year, for full calendar
years only; value added is not asked of them. A large one reports as a small one in years before it enters
monthly reporting or after it leaves; in the others it files the same lines as an annual return, the sum of
its months, so that a year's figures are complete in one kind of period.
"""

from dataclasses import dataclass

import numpy as np

from qiangqu.base.periods import year as year_period

from .arrays import Bools, Floats, Ints, stream
from .frame import Frame, Window
from .parameters import Parameters
from .population import Population
from .schema import Path
from .series import Monthly, ramp

SMALL_YEARLY = ("gross_output", "sales_output", "operating_revenue", "tax_paid", "employees", "energy_consumption")
"""What enterprises below scale report for each year."""


@dataclass(frozen=True)
class Block:
    """Facts of one element: ``subject`` are positions in a register (organisations, projects or parcels), all
    arrays of one length.
    """

    element: str
    subject_kind: int
    subject: Ints
    period: Ints
    value: Floats


def large_yearly(
    parameters: Parameters, frame: Frame, window: Window, large: Population, monthly: Monthly, seed: int
) -> list[Block]:
    """Yearly reports of those that report in December of a full year: finance, research staff, water, waste,
    digital state, capacities.
    """
    rng = stream(seed, "yearly")
    count = len(large)
    traits = {
        name: rng.standard_normal(count)
        for name in ("assets", "debt", "persons", "products", "reuse", "digital", "devices")
    }
    draws = {name: rng.random(count) for name in ("design", "cloud", "products")}
    co2 = parameters.environment.co2_per_tce
    blocks: list[Block] = []
    for year in window.full_years:
        months = np.flatnonzero(window.years_of == year)
        here = np.flatnonzero((large.enters <= months[-1]) & (months[-1] < large.leaves) & (large.closed == 0))
        end = months[-1]

        def total(name: str, months: Ints = months, here: Ints = here) -> Floats:
            result: Floats = monthly.values[name][np.ix_(here, months)].sum(axis=1)
            return result

        share = {name: float(ramp(path, window)[end]) for name, path in _paths(parameters).items()}
        output, rd = total("gross_output"), total("rd_expenditure")
        assets = output * parameters.finance.assets_to_output * np.exp(0.45 * traits["assets"][here])
        waste_left = np.maximum(total("solid_waste_generated") - total("solid_waste_utilised"), 0)
        water = total("water_withdrawal")
        reuse = np.clip(parameters.environment.reuse + 0.04 * traits["reuse"][here], 0.2, 0.985)
        devices = np.ceil(output * parameters.digital.devices_per_output * np.exp(0.5 * traits["devices"][here])) + 3
        emission = (
            total("energy_consumption") * co2
            + total("electricity_consumption") / 1e5 * parameters.environment.co2_per_mwh
        )
        spread = parameters.digital.key_process_nc_rate.spread
        new_products = np.where(rd > 0, parameters.innovation.new_product_share * 2 * draws["products"][here], 0.0)
        yearly: dict[str, Floats] = {
            "total_assets": assets,
            "total_liabilities": assets
            * np.clip(parameters.finance.liabilities + 0.15 * traits["debt"][here], 0.05, 1.2),
            "rd_personnel": np.where(
                rd > 0, rd / parameters.innovation.per_person * np.exp(0.3 * traits["persons"][here]), 0.0
            ),
            "new_product_revenue": total("operating_revenue") * new_products,
            "water_reused": water * reuse / (1 - reuse),
            "solid_waste_disposed": waste_left * parameters.environment.disposal_share,
            "co2_emission": emission,
            "key_process_nc_rate": np.clip(share["nc"] + spread * traits["digital"][here], 5, 100),
            "digital_design_tool_adopted": (draws["design"][here] < share["design"]).astype(float),
            "cloud_adopted": (draws["cloud"][here] < share["cloud"]).astype(float),
            "devices_total": devices,
            "devices_on_cloud": np.floor(
                devices * np.clip(share["devices"] * np.exp(0.5 * traits["digital"][here]), 0, 0.95)
            ),
        }
        for name, values in yearly.items():
            blocks.append(
                _block(
                    frame,
                    name,
                    here,
                    year,
                    values,
                    keep_zero=name in ("digital_design_tool_adopted", "cloud_adopted", "devices_on_cloud"),
                )
            )
    return blocks + _capacities(parameters, frame, window, large, rng)


def _paths(parameters: Parameters) -> dict[str, Path]:
    d = parameters.digital
    return {
        "nc": d.key_process_nc_rate,
        "design": d.digital_design_tool,
        "cloud": d.cloud_adopted_above,
        "devices": d.devices_on_cloud,
    }


def annual_returns(frame: Frame, window: Window, monthly: Monthly) -> list[Block]:
    """For each full year, what every enterprise with monthly reports says of the whole year: sums of flows,
    the last month's staff.
    """
    blocks = []
    for year in window.full_years:
        months = np.flatnonzero(window.years_of == year)
        here = np.flatnonzero(monthly.came[:, months].any(axis=1))
        for name in SMALL_YEARLY:
            values = monthly.values[name][np.ix_(here, months)]
            if name == "employees":
                reported = monthly.came[np.ix_(here, months)]
                final = len(months) - 1 - np.argmax(reported[:, ::-1], axis=1)
                blocks.append(_block(frame, name, here, year, values[np.arange(len(here)), final]))
            else:
                blocks.append(_block(frame, name, here, year, values.sum(axis=1)))
    return blocks


def small_yearly(
    parameters: Parameters, frame: Frame, window: Window, everyone: Population, came: Bools, first_day: int, seed: int
) -> list[Block]:
    """Yearly reports of enterprises in the years in which they report no month.

    ``everyone`` is the whole population; ``came`` (large, months) the monthly reports of its first rows;
    ``first_day`` the ordinal of the window's first day.
    """
    rng = stream(seed, "small yearly")
    count = len(everyone)
    s, d = parameters.sizes, parameters.dynamics
    activities, sectors = parameters.activities, list(parameters.sectors.values())
    rate = np.array([a.value_added_rate for a in activities])[everyone.activity]
    tax = np.array([x.tax for x in sectors])[everyone.sector] * 0.8 * np.exp(0.4 * rng.standard_normal(count))
    energy = np.array([a.energy for a in activities])[everyone.activity] * np.exp(0.4 * rng.standard_normal(count))
    per_worker = (
        np.array([a.per_worker for a in activities])[everyone.activity] * 0.5 * np.exp(0.3 * rng.standard_normal(count))
    )
    cloud = rng.random(count)
    blocks: list[Block] = []
    for year in window.full_years:
        months = np.flatnonzero(window.years_of == year)
        first = first_day + int(months[0] * 30.4375)
        begins, ends = first, first + 365
        below = np.ones(count, dtype=bool)
        below[: len(came)] = ~came[:, months].any(axis=1)
        here = np.flatnonzero(
            below & (everyone.born <= begins + 180) & ((everyone.closed == 0) | (everyone.closed >= ends))
        )
        noise = np.exp(0.15 * rng.standard_normal(count))[here]
        revenue = everyone.size[here] / rate[here] * np.exp(everyone.trend[here] * (year - d.base_year)) * noise
        revenue = np.clip(revenue, 2e-3, s.threshold * 0.95)
        output = revenue / 0.99
        share = float(ramp(parameters.digital.cloud_adopted_small, window)[months[-1]])
        yearly = {
            "gross_output": output,
            "sales_output": revenue * 0.98,
            "operating_revenue": revenue,
            "tax_paid": np.maximum(output * tax[here], 1e-4),
            "employees": np.maximum(output / per_worker[here], 1e-4),
            "energy_consumption": np.maximum(output * energy[here], 1e-4),
        }
        blocks += [_block(frame, name, here, year, yearly[name]) for name in SMALL_YEARLY]
        uses = here[cloud[here] < share]
        blocks.append(_block(frame, "cloud_adopted", uses, year, np.ones(len(uses))))
    return blocks


def _capacities(
    parameters: Parameters, frame: Frame, window: Window, large: Population, rng: np.random.Generator
) -> list[Block]:
    """Installed renewable capacity (year-ends meet the published total) and spandex capacity, of the
    enterprises that have such plants.
    """
    codes = np.array([a.code for a in parameters.activities])[large.activity]
    blocks: list[Block] = []
    published = {
        f.period.year: f.value
        for f in frame.published
        if f.element == parameters.capacity.renewable.published
        and f.area == frame.region
        and f.period.code == str(f.period.year)
    }
    green = np.isin(codes, parameters.capacity.renewable.codes)
    weight = np.where(green, large.size, 0.0) * np.exp(0.3 * rng.standard_normal(len(large)))
    fibre = np.isin(codes, parameters.capacity.spandex.codes)
    fibre_weight = np.where(fibre, large.size, 0.0)
    spandex = np.linspace(
        parameters.capacity.spandex.from_, parameters.capacity.spandex.to, max(len(window.full_years), 1)
    )
    level: float | None = None
    for at, year in enumerate(window.full_years):
        end = int(np.flatnonzero(window.years_of == year)[-1])
        on = (large.enters <= end) & (end < large.leaves) & (large.closed == 0)
        level = published.get(year, None if level is None else level * (1 + parameters.capacity.renewable.growth))
        here = np.flatnonzero(on & green)
        if level is not None and len(here):
            blocks.append(
                _block(frame, "renewable_capacity_enterprise", here, year, level * weight[here] / weight[here].sum())
            )
        here = np.flatnonzero(on & fibre)
        if len(here):
            blocks.append(
                _block(
                    frame, "spandex_capacity", here, year, spandex[at] * fibre_weight[here] / fibre_weight[here].sum()
                )
            )
    return blocks


def _block(frame: Frame, element: str, subject: Ints, year: int, values: Floats, *, keep_zero: bool = False) -> Block:
    shown = np.round(values, frame.elements[element].decimals)
    kept = np.ones(len(shown), dtype=bool) if keep_zero else shown > 0
    keys = np.full(int(kept.sum()), year_period(year).key)
    return Block(element, 2, subject[kept], keys, shown[kept])
