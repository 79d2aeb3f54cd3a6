"""Alarms on the wall screen. Parts register providers in ``AppConfig.ready()``; the plan brings its own: what has just fallen behind, late
reports, old data."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.ui import attention

LEVELS = ("off_track", "at_risk", "no_data")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: ``level`` is a state (off_track: red, at_risk: yellow, no_data: grey), ``url`` where to act on it, ``word`` what stands in its
    badge in place of the state's own."""

    level: str
    text: str
    url: str
    word: str = ""


Provider = Callable[[Any], Iterable[Alarm]]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Add a provider: from a :class:`qiangqu.plan.pages.common.Scene` to alarms that its user may see."""
    if provider not in _providers:
        _providers.append(provider)


def current(scene: Any) -> list[Alarm]:
    """All alarms, red first: of the parts that the shell knows (:mod:`qiangqu.ui.attention`), then of the plan, which are no matter of minutes."""
    live = attention.alerts(scene.user, scene.area, scene.day)
    found = [Alarm(one.level, one.text, one.url, one.word) for one in live]
    found += [alarm for provider in _providers for alarm in provider(scene)]
    return sorted(found, key=lambda alarm: LEVELS.index(alarm.level) if alarm.level in LEVELS else len(LEVELS))


def of_plan(scene: Any) -> Iterable[Alarm]:
    """The plan's own alarms."""
    for one in scene.measures:
        if one.state == "off_track":
            text = _("举措%(no)s“%(title)s”亮红灯") % {"no": one.measure.no, "title": one.measure.title}
            yield Alarm("off_track", text, reverse("plan-measure", args=[one.measure.no]))
        for unit in one.overdue:
            text = _("%(unit)s未按时报告举措%(no)s") % {"unit": unit, "no": one.measure.no}
            yield Alarm("at_risk", text, reverse("plan-measure", args=[one.measure.no]))
    for one in scene.statuses:
        last = one.verdict.current
        if one.state == "stale" and last is not None:
            text = _("“%(name)s”的数据停在%(period)s") % {"name": one.name, "period": last.period.label}
            yield Alarm("no_data", text, reverse("plan-target", args=[one.code]), str(_("待更新")))
