"""How reliably devices report: by zone, enterprise or device, over days or months."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import Abs, TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import seen, visible
from qiangqu.registry.models import Area, Organisation
from qiangqu.ui import lists
from qiangqu.ui.registers.listing import outside

from ..health import BY, FIELDS, MAX_DAYS, REQUIRED, Score, scores, total
from ..models import Device, DeviceDay, DeviceHealth, DeviceQuality
from ..reading import devices_of
from ..words import QUALITY
from .devices import SKEWED_MS, skew_words

BY_DAY = 92  # longer times are drawn by month
CLOCKS = 8
REFUSED = 10


def _range(asked: lists.Asked) -> tuple[dt.date, dt.date]:
    """The days asked for; by default the thirty before today's end. Raises InputError for nonsense."""
    last = _day(asked.params.get("to", "")) or asked.day or timezone.localdate()
    first = _day(asked.params.get("from", "")) or last - dt.timedelta(days=29)
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
        units = Organisation.objects.filter(pk__in=wanted)
        # the owner may have moved, its devices not
        seen_ones = set(visible(units, user).values_list("pk", flat=True))
        found: dict[int | None, tuple[str, str]] = {
            o.pk: (str(o), reverse("organisations-detail", args=[o.pk]) if o.pk in seen_ones else "") for o in units
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


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line of the ranking."""

    rank: int
    name: str
    url: str
    score: Score


def _days_of(asked: lists.Asked) -> QuerySet[DeviceDay]:
    first, last = _range(asked)
    return seen(DeviceDay.objects.filter(day__gte=first, day__lte=last), asked.user, asked.area)


def _by(asked: lists.Asked) -> str:
    """What is ranked. Raises InputError for a word that means nothing."""
    by = asked.params.get("by", "") or "device"
    if by not in BY:
        raise InputError(_("只能按设备、园区或企业排名"), where="by")
    return by


def _rows(asked: lists.Asked) -> list[Ranked]:
    if "ranked" not in asked.kept:
        ranked = ranking(_days_of(asked), _by(asked))
        names = _named(asked.user, _by(asked), [key for _rank, key, _score in ranked])
        asked.kept["ranked"] = [Ranked(rank, *names.get(key, ("—", "")), score) for rank, key, score in ranked]
    rows: list[Ranked] = asked.kept["ranked"]
    return rows


def _below(row: Ranked) -> bool:
    return row.score.completeness is not None and row.score.completeness < REQUIRED


def _percent(name: str) -> Any:
    def read(row: Ranked) -> float | None:
        part = getattr(row.score, name)
        return None if part is None else part * 100

    return read


def _columns(asked: lists.Asked) -> list[lists.Column]:
    number = partial(lists.Column, number=True, decimals=0)
    rate = partial(lists.Column, number=True, decimals=1, unit="%")
    return [
        lists.Column("name", BY[_by(asked)], lambda row: row.name, sort=("name",), role=lists.NAME, width=34),
        number("rank", _("位次"), lambda row: row.rank, sort=("rank",)),
        number("devices", _("设备数"), lambda row: row.score.devices, sort=("devices",)),
        number("reporting", _("上云数"), lambda row: row.score.reporting, sort=("reporting",)),
        number("due", _("应收（点时）"), lambda row: row.score.due, sort=("due",)),
        number("received", _("实收"), lambda row: row.score.received, sort=("received",)),
        rate("completeness", _("完整率"), _percent("completeness"), sort=("completeness",), role=lists.VALUE),
        rate("effective", _("传输有效率"), _percent("effective"), sort=("effective",)),
        rate("online", _("在线率"), _percent("online"), sort=("online",)),
        number("missing", _("断数小时"), lambda row: row.score.hours_missing, sort=("missing",)),
        lists.Column("state", _("状态"), _word, role=lists.STATE, badge=_colour),
    ]


def _word(row: Ranked) -> str:
    if row.score.completeness is None:
        return _("无数据")
    return _("低于要求") if _below(row) else _("达到要求")


def _colour(row: Ranked) -> str:
    return "grey" if row.score.completeness is None else "red" if _below(row) else "green"


def _context(request: Any, asked: lists.Asked) -> dict[str, Any]:
    """The whole, its course, clocks and refused items, above and below the ranking."""
    first, last = _range(asked)
    devices, days, ranked = devices_of(asked.user, asked.area), _days_of(asked), _rows(asked)
    by_month = (last - first).days > BY_DAY
    simulated = devices.filter(simulated=True).exists()
    rolled = days.aggregate(last=Max("day"))["last"]
    words = {"n": len(ranked), "below": sum(map(_below, ranked)), "r": f"{REQUIRED * 100:.0f}"}
    note = _("%(n)s 个中有 %(below)s 个完整率低于 %(r)s%%") % words
    until = _("计算到 %(day)s；停产时段未扣除") % {"day": rolled} if rolled else ""
    return {
        "whole": total(row.score for row in ranked),
        "required": REQUIRED,
        "foot_note": f"{note} · {until}",
        "chart": _chart(course(days, by_month), by_month, simulated),
        "clocks": _clocks(devices),
        "refused": _refused(devices, first, last),
        "simulated": simulated,
        "registered": devices.count(),
        "rolled": rolled,
    }


def _span_words(asked: lists.Asked) -> str:
    first, last = _range(asked)
    return _("%(first)s 至 %(last)s") % {"first": first, "last": last}


HEALTH = lists.Listing(
    code="telemetry-health",
    page="telemetry-health",
    title=gettext_lazy("设备健康"),
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.days("day", _("日期"), names=("from", "to"), nothing=True)
        | lists.choice("by", _("按"), BY.items(), default="device")
    ),
    search=("name",),
    link=lambda row: row.url,
    intro=_span_words,
    empty=gettext_lazy("这段时间没有计算过的设备日"),
    empty_icon="database-off",
    template="telemetry/health.html",
    context=_context,
    size=50,
)
