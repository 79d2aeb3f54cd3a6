"""Risk points 风险点: levels kept as the schemes in force have them, and checks of the controls by turns. A check that
finds a control out of order opens a hazard.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.words import words_of
from qiangqu.registry.roles import Action

from .access import answers_for
from .hazards import report
from .models.hazards import Hazard
from .models.risks import RiskCheck, RiskPoint, schemes_in_force
from .scoring import values_of
from .terms import Found, HazardGrade, Method

POINT_FOUND = Findable(
    model=RiskPoint,
    page="risk-point",
    related=("organisation__area", "device"),
    search=("name", "code"),
    detail=lambda one: str(one.organisation),
    beside=("organisation",),
)


def worked(point: RiskPoint) -> str:
    """The score as it is worked out: ``3 × 6 × 15 = 270``."""
    parts = [point.likelihood, point.consequence]
    if point.method == Method.LEC:
        parts.insert(1, point.exposure or 0.0)
    return " × ".join(f"{one:g}" for one in parts) + f" = {point.score:g}"


def factors_of(point: RiskPoint) -> list[tuple[str, float, str]]:
    """Its factors: name, value, what the method says of that value."""
    if point.method == Method.MATRIX:
        return [(_("可能性"), point.likelihood, ""), (_("严重性"), point.consequence, "")]
    values = (("L", point.likelihood), ("E", point.exposure or 0.0), ("C", point.consequence))
    return [(factor, value, values_of(factor).get(value, "")) for factor, value in values]


def refresh_levels(now: dt.datetime) -> str:
    """Levels of points whose scheme began, ended or was changed. As a daily job."""
    count, schemes = 0, schemes_in_force()
    for point in RiskPoint.objects.select_related("organisation__area").iterator(chunk_size=1000):
        was = (point.level, point.level_basis)
        point.judge(schemes)
        if was != (point.level, point.level_basis):
            point.save()
            count += 1
    return f"风险点重新定级 {count} 个" if count else ""


def with_last_check(rows: Any) -> Any:
    """Points with ``last_check``, the moment of the newest check (None: never)."""
    return rows.annotate(last_check=Max("checks__at"))


def due_on(point: Any) -> dt.date:
    """The day by which a point of :func:`with_last_check` is to be checked next."""
    if point.last_check is None:
        first: dt.date = point.valid_from
        return first
    return timezone.localdate(point.last_check) + dt.timedelta(days=point.check_days)


def due(points: Iterable[Any], day: dt.date) -> list[Any]:
    """Those that are to be checked by ``day``, the latest first."""
    return sorted((one for one in points if due_on(one) <= day), key=lambda one: (due_on(one), one.code))


POINTS = Acts(
    RiskPoint,
    "risk_point",
    may=lambda user, point: answers_for(user, point, Action.REPORT_HAZARDS),
    related=("organisation__area",),
    title="name",
)


@POINTS.declare(
    "checked",
    gettext_lazy("检查风险点"),
    name="check",
    said=lambda one: _("已登记检查和隐患") if one.hazard else _("已登记检查"),
)
def check(act: Act[RiskPoint], works: str, note: str = "", files: Files = ()) -> RiskCheck:
    """A check of the controls: ``works`` "yes" or "no". What does not work becomes a hazard, of which ``note`` says what
    it is. Raises InputError."""
    point = act.record
    fine = works == "yes"
    told = words_of(note, gettext_lazy("情况"), 250, 0 if fine else 4)
    made = RiskCheck(point=point, at=timezone.now(), by=act.user, works=fine, note=told, simulated=point.simulated)
    if not fine:
        made.hazard = report(
            Hazard(
                organisation=point.organisation, title=f"{point.name}：{told}"[:300], place=point.place, found=Found.SELF_CHECK,
                found_at=made.at, grade=HazardGrade.GENERAL, lon=point.lon, lat=point.lat, simulated=point.simulated,
            ),
            act.user,
            files,
        )  # fmt: skip
    made.save()
    attach(made, files, act.user)
    act.detail |= {"works": fine, "hazard": made.hazard.number if made.hazard else ""}
    return made
