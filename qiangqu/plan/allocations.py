"""Dividing a target among areas and years, with the sum checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import visible
from qiangqu.decisions.paths import make_path, sum_gap
from qiangqu.messaging.notify import notify_all
from qiangqu.registry import audit
from qiangqu.registry.models import Area
from qiangqu.registry.nearest import staff_in
from qiangqu.registry.roles import Action

from .models import Allocation, Target
from .spec import number

TOLERANCE = 0.001  # of the whole: parts are rounded before they are written down


@dataclass(frozen=True, slots=True)
class YearSum:
    """The parts of one year against the whole. ``whole`` None: nothing is asked for that year. ``gap`` > 0
    when parts are missing.
    """

    year: int
    whole: float | None
    total: float | None
    gap: float | None

    @property
    def fits(self) -> bool | None:
        return None if self.gap is None or self.whole is None else self.gap <= TOLERANCE * abs(self.whole)


def children(parent: Area) -> list[Area]:
    """The areas among which a target of ``parent`` is divided: those right below it."""
    return list(Area.objects.filter(parent=parent).order_by("code"))


def whole(target: Target, parent: Area, year: int, base: float | None = None) -> float | None:
    """What is to be divided in ``parent`` for the end of ``year``: the target or, on the way, the path's
    value; below the plan's own area, what has been allocated to ``parent``."""
    if parent.pk != target.plan.area_id:
        part = Allocation.objects.filter(target=target, area=parent, year=year).first()
        return part.value if part else None
    if target.value is None or year > target.year:
        return None
    start = target.base if target.base is not None else base
    milestones = dict(target.milestones.values_list("year", "value"))
    path = make_path(target.path, start, target.base_year, target.value, target.year, milestones)
    return path.at(year + 1.0)


def year_sums(target: Target, parent: Area, base: float | None = None) -> list[YearSum]:
    """Sum and gap for every year of the plan."""
    parts: dict[int, list[float]] = {}
    for year, value in Allocation.objects.filter(target=target, area__parent=parent).values_list("year", "value"):
        parts.setdefault(year, []).append(value)
    result = []
    for year in range(target.plan.start_year, target.year + 1):
        wanted = whole(target, parent, year, base)
        total = sum(parts[year]) if year in parts else None
        gap = None
        if wanted is not None and total is not None:
            gap = sum_gap(parts[year], wanted) * (1 if target.comparator in (">=", ">", "=") else -1)
        result.append(YearSum(year, wanted, total, gap))
    return result


def allocate(target: Target, parent: Area, year: int, parts: Mapping[str, float | None], *, user: Any) -> YearSum:
    """Set the parts of one year by area code (None takes a part away): all or nothing.

    The parts of all areas below ``parent`` together must reach the whole within :data:`TOLERANCE`, or all be
    taken away. More than the whole is allowed. Raises InputError for a target whose parts do not add up, an
    area that is not below ``parent`` or not the user's, a year outside the plan and a sum that falls short.
    """
    if not target.additive:
        raise InputError(_("比重、增速、指数类目标各地不能相加，不能分解"), where=target.code)
    if not target.plan.start_year <= year <= target.year:
        raise InputError(
            _("年度应在 %(first)s—%(last)s 之间") % {"first": target.plan.start_year, "last": target.year},
            where=_("年度"),
        )
    if not visible(Area.objects.filter(pk=parent.pk), user, Action.EDIT_PLAN).exists():
        raise InputError(_("这个区域不在您的管辖范围内"), where=parent.code)
    below = {area.code: area for area in children(parent)}
    for code, value in parts.items():
        if code not in below:
            raise InputError(_("不是%(parent)s的下一级区域") % {"parent": parent.name}, where=code)
        if value is not None and not -1e12 < value < 1e12:
            raise InputError(_("数值超出范围"), where=below[code].name)
    with transaction.atomic():
        stored = {
            a.area.code: a
            for a in Allocation.objects.filter(target=target, area__parent=parent, year=year).select_related("area")
        }
        before = {code: one.value for code, one in stored.items()}
        for code, value in parts.items():
            _store(target, below[code], year, value, stored.get(code))
        result = next(one for one in year_sums(target, parent) if one.year == year)
        if result.fits is False:
            raise InputError(
                _("各地合计%(total)s%(unit)s，比%(year)s年应分解的%(whole)s%(unit)s差%(gap)s%(unit)s，请补足")
                % {
                    "total": number(result.total, 2),
                    "whole": number(result.whole, 2),
                    "gap": number(result.gap, 2),
                    "year": year,
                    "unit": target.unit,
                },
                where=target.code,
            )
        after = dict(
            Allocation.objects.filter(target=target, area__parent=parent, year=year).values_list("area__code", "value")
        )
        if after != before:
            audit.record(
                user,
                "target_allocated",
                object_type="plan.target",
                object_id=target.pk,
                area_path=parent.path,
                detail={"year": year, "before": before, "after": after},
            )
            changed = [area for code, area in below.items() if before.get(code) != after.get(code)]
            _tell(target, year, changed, user)
    return result


def _tell(target: Target, year: int, changed: list[Area], user: Any) -> None:
    """Those who report progress in an area, of the part that it was given or that was taken from it."""
    address = reverse("plan-target", args=[target.code])
    for area in changed:
        people = [one for one in staff_in(area, Action.REPORT_PROGRESS) if one != user]
        words = {"name": target.name, "year": year, "area": area.short_name}
        notify_all(people, _("目标分解有变：%(name)s %(year)s年（%(area)s）") % words, "", address, topic="plan")


def _store(target: Target, area: Area, year: int, value: float | None, stored: Allocation | None) -> None:
    if value is None:
        if stored is not None:
            stored.delete()
    elif stored is None:
        Allocation.objects.create(target=target, area=area, year=year, value=value)
    elif stored.value != value:
        stored.value = value
        stored.save()
