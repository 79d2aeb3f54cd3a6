"""What each responsible unit has on its hands, and what it owes by when."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry.models import Organisation

from .briefing import owed_by
from .models import Plan, ProgressReport, Responsibility, UnitRole
from .progress import MeasureStatus
from .track import TargetStatus

LATE = ("off_track", "at_risk")


@dataclass(slots=True)
class Load:
    """How much a unit has: measures by role, targets that it leads by state."""

    unit: Organisation
    measures_lead: int = 0
    measures_support: int = 0
    red_measures: int = 0
    targets: int = 0
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class Owed:
    """A lagging target that a unit leads: the value (in the target's unit) that it should have ``by`` a
    day.
    """

    target: TargetStatus
    by: dt.date
    wanted: float | None


@dataclass(frozen=True, slots=True)
class Duties:
    """Everything of one unit, its own and that of groups to which it belongs; roles are ``lead`` or
    ``support``.
    """

    unit: Organisation
    groups: tuple[Organisation, ...]
    targets: tuple[tuple[TargetStatus, str], ...]
    measures: tuple[tuple[MeasureStatus, str], ...]
    owed: tuple[Owed, ...]


def loads(
    plan: Plan, statuses: Sequence[TargetStatus], measures: Sequence[MeasureStatus], viewer: Any, text: str = ""
) -> list[Load]:
    """The units in the viewer's area that answer for something, those with most lagging targets first;
    ``text`` is part of a name.
    """
    states = {one.target_id: one.state for one in statuses}
    lights = {one.measure.pk: one.state for one in measures}
    of_plan = Q(measure__plan=plan) | Q(target__plan=plan)
    rows = Responsibility.objects.filter(of_plan).values_list("organisation_id", "measure_id", "target_id", "role")
    listed = list(rows)
    units = visible(Organisation.objects.filter(pk__in={row[0] for row in listed}), viewer)
    text = text.replace("\0", "")  # PostgreSQL refuses it
    if text:
        units = units.filter(Q(name__contains=text) | Q(short_name__contains=text))
    found = {unit.pk: Load(unit) for unit in units}
    for unit_id, measure_id, target_id, role in listed:
        load = found.get(unit_id)
        if load is None:
            continue
        leads = role == UnitRole.LEAD
        if measure_id is not None:
            load.measures_lead += leads
            load.measures_support += not leads
            load.red_measures += leads and lights.get(measure_id) == "off_track"
        elif leads and target_id in states:
            load.targets += 1
            load.states[states[target_id]] += 1
    return sorted(
        found.values(),
        key=lambda one: (-one.states["off_track"], -one.states["at_risk"], -one.measures_lead, one.unit.code),
    )


def duties(
    plan: Plan,
    statuses: Sequence[TargetStatus],
    measures: Sequence[MeasureStatus],
    day: dt.date,
    viewer: Any,
    code: str,
) -> Duties:
    """One unit's targets, measures and debts. Raises NotFoundError for a unit that answers for nothing or
    lies outside the viewer's area.
    """
    answering = Organisation.objects.filter(code=code[:60].replace("\0", "")).filter(
        Q(responsibilities__isnull=False) | Q(groups__responsibilities__isnull=False)
    )
    unit = visible(answering, viewer).first()
    if unit is None:
        raise NotFoundError(_("没有这个责任单位，或它不在您的管辖范围内"), where=code[:60])
    groups = tuple(unit.groups.all())
    owners = Q(organisation=unit) | Q(organisation__in=groups)
    # support comes before lead in this order, so that of two roles the heavier one is kept
    mine = Responsibility.objects.filter(owners).order_by("-role")
    of_measures = dict(mine.filter(measure__plan=plan).values_list("measure_id", "role"))
    of_targets = dict(mine.filter(target__plan=plan).values_list("target_id", "role"))
    targets = tuple((one, of_targets[one.target_id]) for one in statuses if one.target_id in of_targets)
    late = [one for one, role in targets if role == UnitRole.LEAD and one.state in LATE]
    return Duties(
        unit=unit,
        groups=groups,
        targets=targets,
        measures=tuple((one, of_measures[one.measure.pk]) for one in measures if one.measure.pk in of_measures),
        owed=tuple(Owed(one, *owed_by(one, day)) for one in late),
    )


def reports_of(unit: Organisation, plan: Plan, viewer: Any) -> Any:
    """The unit's progress reports that the viewer may see, newest first."""
    return visible(ProgressReport.objects.filter(unit=unit, measure__plan=plan), viewer).select_related("measure")
