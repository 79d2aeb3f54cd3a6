"""Who can hold a title, run a project or use land: enterprises by eligibility, and the pack's agencies."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from qiangqu.base.errors import InputError

from .arrays import Bools, Floats
from .frame import Frame, Window
from .parameters import FILE, Parameters
from .population import Population


@dataclass(frozen=True)
class Version:
    """From ``day`` on, these fields have these values."""

    day: dt.date
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Holder:
    """An enterprise by its position in the population, or an agency by its code."""

    enterprise: int = -1
    agency: str = ""


def end_of(window: Window) -> dt.date:
    """Last day of the window."""
    after = window.last + 1
    return dt.date(after // 12, after % 12 + 1, 1) - dt.timedelta(days=1)


def end_of_year(window: Window, year: int) -> dt.date:
    """Last day of ``year``, or of the window when that comes first."""
    return min(dt.date(year, 12, 31), end_of(window))


def elapsed(window: Window, year: int) -> float:
    """Share of ``year`` that lies before the window's end: 1 for a full year."""
    return (end_of_year(window, year) - dt.date(year, 1, 1) + dt.timedelta(days=1)) / (
        dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)
    )


def position_of(window: Window, day: dt.date) -> int:
    """Position of the month of ``day`` in the window (may lie outside)."""
    return day.year * 12 + day.month - 1 - window.first


def eligible(
    parameters: Parameters,
    window: Window,
    everyone: Population,
    day: dt.date,
    *,
    scale: str,
    size_power: float,
    industrial: bool = False,
    sectors: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
) -> Floats:
    """Weights of the enterprises that qualify on ``day``: size to the power ``size_power``; 0 for those that
    do not, shape (enterprises,).
    """
    known = list(parameters.sectors)
    if set(sectors) - set(known):
        raise InputError(
            f"没有产业 {'、'.join(sorted(set(sectors) - set(known)))}", where=f"{FILE} recognitions/projects"
        )
    fits: Bools = (everyone.born < day.toordinal() - 30) & (
        (everyone.closed == 0) | (everyone.closed > day.toordinal())
    )
    if scale == "above":
        fits &= everyone.above_at(max(0, position_of(window, day)))
    if industrial:
        fits &= everyone.industrial
    if sectors:
        fits &= np.isin(everyone.sector, [known.index(name) for name in sectors])
    if codes:
        fits &= np.isin(np.array([a.code for a in parameters.activities])[everyone.activity], codes)
    weights: Floats = np.where(fits, np.power(np.maximum(everyone.size, 1e-6), size_power), 0.0)
    return weights


def agencies(parameters: Parameters, frame: Frame, kind: str) -> tuple[list[Holder], Floats]:
    """The pack's agencies of ``kind`` with weights: committees by their zone's output, others alike. Raises
    InputError when there are none.
    """
    found = [agency for agency in frame.agencies if agency.kind == kind]
    if not found:
        raise InputError(f"没有 {kind} 类单位可作持有者", where="units.csv")
    weights = [parameters.zones[a.area].output if a.area in parameters.zones else 1.0 for a in found]
    return [Holder(agency=a.code) for a in found], np.array(weights)
