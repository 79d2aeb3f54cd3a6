"""Recognitions: who holds which title from when to when, so that the number of holders follows the
parameters' path.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from .arrays import pick, stream
from .frame import Frame, TitleInfo, Window
from .holders import Holder, Version, agencies, elapsed, eligible, end_of_year
from .parameters import Parameters
from .population import Population
from .schema import Title


@dataclass
class Award:
    """One recognition. ``planned_end`` is its last day by its kind's validity; ``cut`` the day on which it
    was ended before.
    """

    kind: str
    holder: Holder
    subject: str
    certificate: str
    start: dt.date
    planned_end: dt.date | None
    cut: dt.date | None = None

    @property
    def end(self) -> dt.date | None:
        return self.cut or self.planned_end

    @property
    def versions(self) -> tuple[Version, ...]:
        first = Version(self.start, {"valid_to": self.planned_end})
        return (first, Version(self.cut, {"valid_to": self.cut})) if self.cut else (first,)


def awards(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    everyone: Population,
    short: list[str],
    scale: float,
    seed: int,
) -> list[Award]:
    """All recognitions, kind by kind. ``scale`` is the twin's size over the parameters' own (numbers of
    enterprises' titles scale with it).
    """
    done: dict[str, list[Award]] = {}
    kinds = parameters.recognitions.kinds
    for code in sorted(kinds, key=lambda name: (bool(kinds[name].among), name)):
        title, info = kinds[code], frame.titles[code]
        rng = stream(seed, f"title:{code}")
        among = {award.holder.enterprise for award in done.get(title.among, [])} if title.among else None
        targets = [
            _scaled(n, scale) if info.holder == "enterprise" else n for n in holders_by_year(parameters, window, title)
        ]
        done[code] = _one_kind(parameters, frame, window, everyone, short, code, title, info, targets, among, rng)
    return [award for code in kinds for award in done[code]]


def holders_by_year(parameters: Parameters, window: Window, title: Title) -> list[int]:
    """Valid holders at the end of each year that the window reaches; within its last year on the way from one
    year's end to the next.
    """
    numbers: list[int] = []
    for at, (year, wanted) in enumerate(zip(parameters.recognitions.years, title.holders, strict=True)):
        if end_of_year(window, year).year < year:
            break
        before = title.holders[at - 1] if at else wanted
        numbers.append(round(before + (wanted - before) * elapsed(window, year)))
    return numbers


def _scaled(number: int, scale: float) -> int:
    return max(1, round(number * scale)) if number else 0


def _one_kind(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    everyone: Population,
    short: list[str],
    code: str,
    title: Title,
    info: TitleInfo,
    targets: list[int],
    among: set[int] | None,
    rng: np.random.Generator,
) -> list[Award]:
    made: list[Award] = []
    held: dict[Holder, Award] = {}
    renewal = parameters.recognitions.renewal
    names = {agency.code: agency.short_name for agency in frame.agencies}

    def give(holder: Holder, day: dt.date) -> None:
        end = None if info.validity_years is None else _years_later(day, info.validity_years) - dt.timedelta(days=1)
        owner = (
            short[holder.enterprise].replace(parameters.names.marker, "")
            if holder.enterprise >= 0
            else names[holder.agency]
        )
        subject = title.subject.replace("{owner}", owner).replace("{marker}", parameters.names.marker)
        award = Award(code, holder, subject, f"SIM-{code[:24].upper()}-{day.year}-{len(made) + 1:05d}", day, end)
        made.append(award)
        held[holder] = award

    for at, (year, target) in enumerate(zip(parameters.recognitions.years, targets, strict=False)):
        last = end_of_year(window, year)
        for holder, award in sorted(held.items(), key=lambda item: (item[0].enterprise, item[0].agency)):
            closed = int(everyone.closed[holder.enterprise]) if holder.enterprise >= 0 else 0
            if closed and award.start.toordinal() < closed <= last.toordinal():
                award.cut = min(dt.date.fromordinal(closed), award.planned_end or dt.date.max)
                del held[holder]
            elif award.planned_end and award.planned_end < last:
                del held[holder]
                gone = closed and closed <= last.toordinal()
                if not gone and rng.random() < renewal and len(held) < target:
                    give(holder, award.planned_end + dt.timedelta(days=1))
            elif (
                award.planned_end is None
                and rng.random() < parameters.recognitions.withdrawn
                and info.holder == "enterprise"
            ):
                award.cut = _day_in(rng, year, last)
                if award.cut <= award.start:
                    award.cut = None
                else:
                    del held[holder]
        missing = target - len(held)
        if missing <= 0:
            continue
        for holder in _candidates(parameters, frame, window, everyone, title, info, held, among, last, missing, rng):
            give(holder, _day_in(rng, _first_year(rng, year, info) if at == 0 else year, last))
    return made


def _candidates(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    everyone: Population,
    title: Title,
    info: TitleInfo,
    held: dict[Holder, Award],
    among: set[int] | None,
    last: dt.date,
    count: int,
    rng: np.random.Generator,
) -> list[Holder]:
    """New holders: qualified for some time already, not holding the title now."""
    if info.holder != "enterprise":
        holders, weights = agencies(parameters, frame, info.holder)
        weights = np.where([holder in held for holder in holders], 0.0, weights)
        if info.holder == "department":
            weights[1:] = 0.0  # a title of the region's own goes to the unit that the pack lists first
        return [holders[i] for i in pick(rng, weights, count)]
    weights = eligible(
        parameters,
        window,
        everyone,
        dt.date(last.year, 1, 1),
        scale=title.scale,
        size_power=title.size_power,
        industrial=title.industrial,
        sectors=title.sectors,
    )
    weights[[holder.enterprise for holder in held]] = 0.0
    weights[(everyone.closed > 0) & (everyone.closed <= last.toordinal())] = 0.0
    if among is not None:
        weights[~np.isin(np.arange(len(weights)), sorted(among))] = 0.0
    return [Holder(enterprise=int(i)) for i in pick(rng, weights, count)]


def _first_year(rng: np.random.Generator, year: int, info: TitleInfo) -> int:
    """Year of an award that is valid at the end of the first year."""
    back = info.validity_years if info.validity_years is not None else 6
    return int(rng.integers(year - back + 1, year + 1))


def _day_in(rng: np.random.Generator, year: int, last: dt.date) -> dt.date:
    """A working-season day of ``year`` (March to December), not after ``last``."""
    first = dt.date(year, 3, 1)
    end = min(dt.date(year, 12, 20), last)
    return first + dt.timedelta(days=int(rng.integers(0, max((end - first).days, 1))))


def _years_later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
