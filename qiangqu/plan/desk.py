"""The work desk's card of targets: those that the user's unit answers for, else all of his area's."""

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.terms import listed
from qiangqu.base.visibility import holdings, is_own_only
from qiangqu.registry.models import Organisation
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.templatetags.quantities import STATUSES, quantity

from .scene import Scene
from .scene import look as scene_of
from .track import TargetStatus, state_counts

LATE = ("off_track", "at_risk", "stale")


def targets(look: Look) -> Card | None:
    """What lags first, with the value and what was wanted by now. None without a plan or an area."""
    if look.area is None or is_own_only(look.user):
        return None
    try:
        scene = scene_of(look.user, look.area, look.day)
    except NotFoundError:
        return None
    units = _units(look)
    found = [one for one in scene.statuses if units.intersection(one.units)] if units else scene.statuses
    whose = listed(sorted(units))
    if not found:
        found, whose = scene.statuses, ""
    # where nothing is divided to the area there is no state to speak of
    if not any(one.value is not None or one.target is not None for one in found):
        return None
    page = reverse("plan-targets")
    title = (
        _("%(unit)s负责的目标") % {"unit": whose} if whose else _("%(area)s的目标") % {"area": scene.area.short_name}
    )
    figures = [
        Figure(str(STATUSES[state][2]), str(many), f"{page}?status={state}", STATUSES[state][0])
        for state, many in state_counts(found).items()
        if many
    ]
    late = [one for one in found if one.state in LATE]
    late.sort(key=lambda one: (LATE.index(one.state), -(one.gap / abs(one.target) if one.gap and one.target else 0)))
    lines = [_line(one, scene) for one in late[:LINES]]
    return Card(title, page, lines, figures, _("没有滞后或预警的目标。"), "" if late else scene.rule[0], icon="target")


def _units(look: Look) -> set[str]:
    """Names of the units for which the user holds posts."""
    posts = {one.organisation_id for one in holdings(look.user) if one.organisation_id}
    return set(Organisation.objects.filter(pk__in=posts).values_list("name", flat=True)) if posts else set()


def _line(one: TargetStatus, scene: Scene) -> Line:
    wanted = one.verdict.required_now
    value = quantity(one.value, one.decimals)
    period = one.verdict.current.period.label if one.verdict.current else one.verdict.reason
    note = period if wanted is None else f"{period} · " + _("现应达到 %(n)s") % {"n": quantity(wanted, one.decimals)}
    if one.expected is not None and one.verdict.by_expected:
        # the state beside the line is that of the expected value: it stands there, too
        note += " · " + _("%(year)s年预计 %(n)s") % {
            "year": one.expected.period.year,
            "n": quantity(one.expected.value, one.decimals),
        }
    colour, _icon, word = STATUSES[one.state]
    return Line(
        one.name, reverse("plan-target", args=[one.code]), note, str(word), colour,
        f"{value} {one.unit}" if one.value is not None else "", one.simulated,
    )  # fmt: skip
