"""Projects of every kind of the pack: when they entered the library, started, finished, were accepted or
cancelled, and what they brought.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from .arrays import pick, stream
from .frame import Frame, Window
from .holders import Holder, Version, agencies, elapsed, eligible, end_of, end_of_year
from .parameters import Parameters
from .population import Population
from .schema import ProjectKindRule
from .yearly import Block

PROJECT = 3


@dataclass(frozen=True)
class Venture:
    """A project as it is at the end; ``versions`` one for each stage that it reached."""

    kind: str
    code: str
    name: str
    holder: Holder
    investment: float
    entered: dt.date
    versions: tuple[Version, ...]

    @property
    def final(self) -> dict[str, object]:
        """Stage and dates at the end."""
        merged: dict[str, object] = {}
        for version in self.versions:
            merged.update(version.values)
        return merged


def ventures(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    everyone: Population,
    short: list[str],
    scale: float,
    seed: int,
) -> list[Venture]:
    """All projects, kind by kind and year by year. ``scale``: as in
    :func:`qiangqu_demo.simulation.titles.awards`.
    """
    found: list[Venture] = []
    for number, (code, rule) in enumerate(parameters.projects.kinds.items()):
        rng = stream(seed, f"project:{code}")
        for at, year in enumerate(parameters.projects.years):
            last = end_of_year(window, year)
            if last.year < year:
                break
            starts = round(rule.starts[at] * elapsed(window, year))
            if rule.owner == "enterprise" and starts:
                starts = max(1, round(starts * scale))
            first = dt.date(year, 1, 5)
            days = [
                first + dt.timedelta(days=int(d)) for d in np.sort(rng.integers(0, max((last - first).days, 1), starts))
            ]
            final = at == len(parameters.projects.years) - 1 or end_of_year(window, year + 1).year <= year
            waiting = (
                round(starts * parameters.projects.reserve_share / (1 - parameters.projects.reserve_share) * 2)
                if final
                else 0
            )
            owners = _owners(parameters, frame, window, everyone, rule, first, starts + waiting, rng)
            for i, owner in enumerate(owners):
                day = days[i] if i < starts else None
                project_code = f"SIM-{number + 1:02d}-{year}-{i + 1:04d}"
                found.append(_venture(parameters, frame, window, rule, code, project_code, owner, day, short, rng))
    return found


def _owners(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    everyone: Population,
    rule: ProjectKindRule,
    day: dt.date,
    count: int,
    rng: np.random.Generator,
) -> list[Holder]:
    if rule.owner == "committee":
        holders, weights = agencies(parameters, frame, "committee")
        return [holders[i] for i in rng.choice(len(holders), count, p=weights / weights.sum())]
    weights = eligible(
        parameters,
        window,
        everyone,
        day,
        scale=rule.scale,
        size_power=rule.size_power,
        sectors=rule.sectors,
        codes=rule.codes,
    )
    chosen = pick(rng, weights, count)
    if not len(chosen):
        return []
    return [Holder(enterprise=int(i)) for i in np.resize(chosen, count)]  # a small twin: some own several


def _venture(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    rule: ProjectKindRule,
    kind: str,
    code: str,
    owner: Holder,
    started: dt.date | None,
    short: list[str],
    rng: np.random.Generator,
) -> Venture:
    last = end_of(window)
    marker = parameters.names.marker
    names = {agency.code: agency.short_name for agency in frame.agencies}
    own = short[owner.enterprise].replace(marker, "") if owner.enterprise >= 0 else names[owner.agency]
    thing = rule.things[int(rng.integers(len(rule.things)))]
    investment = float(np.round(rule.investment * np.exp(rule.sigma * rng.standard_normal()), -1)) or 10.0
    lead, months, wait, luck, where = (
        int(rng.integers(40, 420)),
        int(rng.integers(rule.months[0], rule.months[1] + 1)),
        0,
        0.0,
        0.0,
    )
    wait, luck, where = int(rng.integers(25, 200)), rng.random(), rng.random()
    name = f"{own}{thing}项目{marker}" if not thing.endswith("项目") else f"{own}{thing}{marker}"
    if started is None:
        entered = last - dt.timedelta(days=lead)
        return Venture(kind, code, name, owner, investment, entered, (Version(entered, {"stage": "reserve"}),))
    entered = started - dt.timedelta(days=lead)
    versions = [Version(entered, {"stage": "reserve"}), Version(started, {"stage": "started", "started_on": started})]
    finished = started + dt.timedelta(days=int(months * 30.44))
    accepted = finished + dt.timedelta(days=wait)
    if luck < parameters.projects.cancelled:
        stopped = started + dt.timedelta(days=30 + int(where * max(months * 30 - 40, 1)))
        if stopped <= last:
            versions.append(Version(stopped, {"stage": "cancelled", "valid_to": stopped}))
    else:
        if finished <= last:
            versions.append(Version(finished, {"stage": "finished", "finished_on": finished}))
        if accepted <= last:
            versions.append(Version(accepted, {"stage": "accepted", "accepted_on": accepted}))
    return Venture(kind, code, name, owner, investment, entered, tuple(versions))


def venture_facts(
    parameters: Parameters, frame: Frame, window: Window, projects: list[Venture], seed: int
) -> list[Block]:
    """What finished projects brought (energy saved, results, capacity removed), in the year in which they
    were finished (the newest: January to the last month).
    """
    columns: dict[str, tuple[list[int], list[int], list[float]]] = {}
    rng = stream(seed, "project facts")
    first = window.first
    for at, project in enumerate(projects):
        finished = project.final.get("finished_on")
        if not isinstance(finished, dt.date) or finished.year * 12 + finished.month - 1 < first:
            continue
        for element, rule in parameters.projects.kinds[project.kind].facts.items():
            value = (
                float(rng.choice(rule.counts))
                if rule.counts
                else rule.median * float(np.exp(rule.sigma * rng.standard_normal()))
            )
            value = max(round(value, frame.elements[element].decimals), 10.0 ** -frame.elements[element].decimals)
            subjects, keys, values = columns.setdefault(element, ([], [], []))
            subjects.append(at)
            keys.append(window.year_to_date(finished.year).key)
            values.append(value)
    return [
        Block(element, PROJECT, np.array(subjects), np.array(keys), np.array(values))
        for element, (subjects, keys, values) in columns.items()
    ]
