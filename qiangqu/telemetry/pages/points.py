"""A point's page part: its course from seconds to years, and the JSON that the chart asks for when a person
looks closer.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import DAY, HOUR, SECOND
from qiangqu.registry.access import require
from qiangqu.ui.registers import Panel

from ..completeness import GAP_STEPS, Due, by_day, day_start, due_mask, moment, ones, row_gaps, share, usual_steps
from ..health import DEFAULT_STEPS
from ..models import Point
from ..reading import latest_of, point_of
from ..series import Course, Resolution, series
from ..words import DURATIONS

SPANS = {
    "10m": (600, gettext_lazy("10 分钟")),
    "1h": (3600, gettext_lazy("1 小时")),
    "24h": (86_400, gettext_lazy("24 小时")),
    "7d": (7 * 86_400, gettext_lazy("7 天")),
    "30d": (30 * 86_400, gettext_lazy("30 天")),
    "1y": (366 * 86_400, gettext_lazy("1 年")),
    "3y": (3 * 366 * 86_400, gettext_lazy("3 年")),
}
RESOLUTION_WORDS = {
    Resolution.RAW: gettext_lazy("逐条数据"),
    Resolution.MINUTE: gettext_lazy("分钟值"),
    Resolution.HOUR: gettext_lazy("小时值"),
    Resolution.DAY: gettext_lazy("日值"),
}
DAYS = 30
LISTED_GAPS = 20


def until_of(request: Any) -> int:
    """The end of the time shown, milliseconds UTC: now, or the end of the day chosen in the shell."""
    chosen: dt.date | None = request.as_of
    return int(timezone.now().timestamp() * SECOND) if chosen is None else day_start(chosen) + DAY


def duration(seconds: float) -> str:
    """A duration as people say it."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            number = seconds / size
            return f"{number:.1f}".removesuffix(".0") + f" {DURATIONS[unit]}"
    return f"{seconds:g} {DURATIONS['s']}"


def as_json(course: Course, point: Point, step: int | None) -> dict[str, Any]:
    """What the chart is drawn from. ``gap``: values further apart than so many milliseconds are not joined by
    a line.
    """
    width = {Resolution.MINUTE: 60, Resolution.HOUR: 3600, Resolution.DAY: 86_400}.get(course.resolution, 0)
    return {
        "resolution": str(course.resolution),
        "resolution_label": str(RESOLUTION_WORDS[course.resolution]),
        "unit": point.unit,
        "times": course.times,
        "mean": course.mean,
        "low": course.low,
        "high": course.high,
        "gap": max(int((step or 0) * SECOND * GAP_STEPS), width * SECOND * 3 // 2) or None,
    }


@require_GET
@require()
def series_json(request: HttpRequest, pk: int) -> JsonResponse:
    """``?start=&end=`` in milliseconds UTC; see :func:`qiangqu.telemetry.series.series`."""
    point = point_of(request.user, pk)
    begin, finish = (_milliseconds(request.GET.get(name, ""), name) for name in ("start", "end"))
    return JsonResponse(as_json(series(pk, begin, finish), point, point.period or DEFAULT_STEPS.get(point.interval)))


def _milliseconds(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 14):
        raise InputError(_("应为自 1970 年起的毫秒数"), where=name)
    return int(text)


def chart_panel(request: Any, point: Point) -> Panel:
    """The chart of a point and its latest value; how reliably it reports is asked for when the page is there
    (:func:`reliability`).
    """
    wanted = request.GET.get("span", "24h")
    span = wanted if wanted in SPANS else "24h"
    end = until_of(request)
    return Panel(
        _("曲线"),
        "telemetry/point_panel.html",
        {
            "point": point,
            "latest": latest_of([point]).get(point.pk),
            "span": span,
            "spans": [(key, words, seconds * SECOND) for key, (seconds, words) in SPANS.items()],
            "end": end,
            "start": end - SPANS[span][0] * SECOND,
            "live": request.as_of is None,
            "url": reverse("points-series", args=[point.pk]),
            "words": {
                "mean": _("均值"), "value": _("数值"), "range": _("最小—最大"), "low": _("最小"), "high": _("最大"),
                "none": _("这段时间没有数据"), "failed": _("没有取到数据，请刷新页面"), "time": _("时间"),
            },
        },
    )  # fmt: skip


@require_GET
@require()
def reliability(request: Any, pk: int) -> HttpResponse:
    """A point's usual step, completeness of thirty days and longest gaps of seven, as a part of its page."""
    point = point_of(request.user, pk)
    end = until_of(request)
    today = moment(end - 1).date()
    first = today - dt.timedelta(days=DAYS - 1)
    whole = end - end % HOUR
    step = point.period or usual_steps([point.pk], whole - 7 * DAY, whole).get(point.pk)
    judged = step or DEFAULT_STEPS.get(point.interval, 3600)
    came = by_day([Due(point.pk, point.pk, judged)], day_start(first), day_start(today) + DAY, end)
    since = min([int(point.created_at.timestamp() * SECOND), *(day_start(day) for _pk, day in came)])
    due = sum(ones([due_mask(first + dt.timedelta(days=n), since, end)]) for n in range(DAYS))
    begin = max(end - 7 * DAY, since)
    gaps = row_gaps(point.pk, judged, begin, end, LISTED_GAPS) if begin < end else []
    return render(
        request,
        "telemetry/point_health.html",
        {
            "step": duration(step) if step else "",
            "declared": bool(point.period),
            "completeness": share(sum(day.received for day in came.values()), due),
            "rows": sum(day.rows for day in came.values()),
            "gaps": [(gap.start, gap.end, duration((gap.end - gap.start) / SECOND)) for gap in reversed(gaps)],
        },
    )
