"""Alarms on the wall screen: those of all parts (:mod:`qiangqu.ui.attention`), and the plan's own: what has
just fallen behind, late reports, old data."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.ui import attention
from qiangqu.ui.attention import Alert


def current(scene: Any) -> list[Alert]:
    """All alarms, red first: of the parts that the shell knows, then of the plan, which are no matter of
    minutes.
    """
    return attention.in_order([*attention.alerts(scene.user, scene.area, scene.day), *of_plan(scene)])


def of_plan(scene: Any) -> Iterable[Alert]:
    """The plan's own alarms."""
    for one in scene.measures:
        if one.state == "off_track":
            text = _("举措%(no)s“%(title)s”亮红灯") % {"no": one.measure.no, "title": one.measure.title}
            yield Alert("off_track", text, reverse("plan-measure", args=[one.measure.no]))
        for unit in one.overdue:
            text = _("%(unit)s未按时报告举措%(no)s") % {"unit": unit, "no": one.measure.no}
            yield Alert("at_risk", text, reverse("plan-measure", args=[one.measure.no]))
    for one in scene.statuses:
        last = one.verdict.current
        if one.state == "stale" and last is not None:
            text = _("“%(name)s”的数据停在%(period)s") % {"name": one.name, "period": last.period.label}
            yield Alert("no_data", text, reverse("plan-target", args=[one.code]), str(_("待更新")))
