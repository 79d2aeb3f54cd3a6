"""How reliably devices report: by zone, enterprise or device, over days or months."""

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import Abs, TruncMonth
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import seen
from qiangqu.registry.access import require
from qiangqu.registry.models import Area, Organisation
from qiangqu.ui.registers.listing import outside

from ..health import BY, FIELDS, MAX_DAYS, REQUIRED, Score, scores, total
from ..models import Device, DeviceDay, DeviceHealth, DeviceQuality
from ..reading import devices_of
from ..words import QUALITY
from .devices import SKEWED_MS, skew_words

PER_PAGE = 50
BY_DAY = 92  # longer times are drawn by month
CLOCKS = 8
REFUSED = 10


def _range(request: Any) -> tuple[dt.date, dt.date]:
    """The days asked for; by default the thirty before today's end. Raises InputError for nonsense."""
    last = _day(request.GET.get("to", "")) or request.as_of or timezone.localdate()
    first = _day(request.GET.get("from", "")) or last - dt.timedelta(days=29)
    if first > last or (last - first).days > MAX_DAYS:
        raise InputError(_("起始日期应不晚于结束日期，且一次不超过 400 天"), where="from")
    return first, last


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        day = dt.date.min
    if not 2000 <= day.year <= 2100:
        raise InputError(_("日期应写成 2026-11-23 的样子，且在 2000—2100 年之间"), where=text[:20])
    return day


def course(days: QuerySet[DeviceDay], by_month: bool) -> list[tuple[dt.date, Score]]:
    """Scores of days, or of months."""
    if by_month:
        found = scores(days.annotate(month=TruncMonth("day")), "month")
    else:
        found = scores(days, "day")
    return sorted(found.items())


def ranking(days: QuerySet[DeviceDay], by: str) -> list[tuple[int, int | None, Score]]:
    """(rank, id, score), worst completeness first; what has nothing due comes last, equals share a rank."""
    ordered = sorted(
        scores(days, FIELDS[by]).items(),
        key=lambda item: (
            item[1].completeness is None,
            item[1].completeness or 0.0,
            item[1].online or 0.0,
            str(item[0]),
        ),
    )
    ranked: list[tuple[int, int | None, Score]] = []
    for at, (key, score) in enumerate(ordered, 1):
        same = ranked and ranked[-1][2].completeness == score.completeness
        ranked.append((ranked[-1][0] if same else at, key, score))
    return ranked


def _named(user: Any, by: str, ids: list[int | None]) -> dict[int | None, tuple[str, str]]:
    """Name and address of what is ranked."""
    wanted = [pk for pk in ids if pk is not None]
    if by == "area":
        areas = Area.objects.filter(pk__in=wanted)
        return {a.pk: (a.name, "" if outside(user, a) else reverse("areas-detail", args=[a.pk])) for a in areas}
    if by == "organisation":
        found: dict[int | None, tuple[str, str]] = {
            o.pk: (str(o), reverse("organisations-detail", args=[o.pk]))
            for o in Organisation.objects.filter(pk__in=wanted)
        }
        return found | {None: (_("园区自己的设备"), "")}
    return {d.pk: (str(d), reverse("devices-detail", args=[d.pk])) for d in Device.objects.filter(pk__in=wanted)}


def _chart(points: list[tuple[dt.date, Score]], by_month: bool, simulated: bool) -> dict[str, Any] | None:
    if not points:
        return None

    def percent(part: float | None) -> float | None:
        return None if part is None else round(part * 100, 2)

    return {
        "x": [f"{day:%Y-%m}" if by_month else f"{day:%m-%d}" for day, _score in points],
        "series": [
            {"name": _("完整率"), "values": [percent(score.completeness) for _day, score in points]},
            {"name": _("在线率"), "values": [percent(score.online) for _day, score in points]},
        ],
        "unit": "%",
        "decimals": 1,
        "simulated": simulated,
    }


def _clocks(devices: QuerySet[Device]) -> list[tuple[Device, str]]:
    """The devices whose clocks are off the most."""
    rows = (
        DeviceHealth.objects.filter(device__in=devices, clock_skew_ms__isnull=False)
        .annotate(off=Abs("clock_skew_ms"))
        .filter(off__gte=SKEWED_MS)
        .order_by("-off")
        .select_related("device")[:CLOCKS]
    )
    return [(row.device, skew_words(row.clock_skew_ms)) for row in rows]


def _refused(devices: QuerySet[Device], first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """The items of devices that were refused the most."""
    rows = DeviceQuality.objects.filter(device__in=devices, day__gte=first, day__lte=last, refused=True)
    counted = (
        rows.exclude(item="").order_by().values("device", "what", "item").annotate(total=Sum("count"), last=Max("day"))
    )
    listed = list(counted.order_by("-total", "device", "item")[:REFUSED])
    named = Device.objects.in_bulk([row["device"] for row in listed])
    return [{**row, "device": named[row["device"]], "word": QUALITY.get(row["what"], row["what"])} for row in listed]


@require_GET
@require()
def health(request: Any) -> HttpResponse:
    """Ranking, course of completeness, clocks."""
    first, last = _range(request)
    by = request.GET.get("by", "device")
    if by not in BY:
        raise InputError(_("只能按设备、园区或企业排名"), where="by")
    devices = devices_of(request.user, request.area)
    days = seen(DeviceDay.objects.filter(day__gte=first, day__lte=last), request.user, request.area)
    by_month = (last - first).days > BY_DAY
    ranked = ranking(days, by)
    page = Paginator(ranked, PER_PAGE).get_page(request.GET.get("page"))
    names = _named(request.user, by, [key for _rank, key, _score in page])
    simulated = devices.filter(simulated=True).exists()
    context = {
        "first": first,
        "last": last,
        "by": by,
        "by_word": BY[by],
        "choices": BY.items(),
        "whole": total(score for _rank, _key, score in ranked),
        "required": REQUIRED,
        "below": sum(s.completeness is not None and s.completeness < REQUIRED for _rank, _key, s in ranked),
        "paging": page,
        "rows": [(rank, *names.get(key, ("—", "")), score) for rank, key, score in page],
        "chart": _chart(course(days, by_month), by_month, simulated),
        "clocks": _clocks(devices),
        "refused": _refused(devices, first, last),
        "simulated": simulated,
        "registered": devices.count(),
        "rolled": days.aggregate(last=Max("day"))["last"],
    }
    return render(request, "telemetry/health.html", context)
