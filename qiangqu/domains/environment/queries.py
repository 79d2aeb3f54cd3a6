"""What pages, lists and JSON ask: which places the user sees, their latest readings, days and years as
typed.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.visibility import seen, visible
from qiangqu.telemetry.measured import Latest, latest_of, stopped_of
from qiangqu.ui.lists import end_of
from qiangqu.ui.versions import locked

from . import factors
from .limits import Limit, limit
from .models import Channel, Exceedance, ExceedanceState, Outlet, Station
from .reading import converted
from .rolling import averages_of

MOST_DAYS = 400  # asked for at once
AVERAGE_WORDS = {"hour": "小时", "8h": "最大8小时", "day": "日", "daytime": "昼间", "night": "夜间", "year": "年"}


def day_of(text: str) -> dt.date:
    """Raises InputError for what is not a date between 2000 and 2100."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.date.min
    if not 2000 <= day.year <= 2100:
        raise InputError(_("日期应写成 2026-11-23 的样子，且在 2000—2100 年之间"), where=text[:20])
    return day


def year_of(text: str, today: dt.date) -> int:
    """The year that ``text`` names, else that of the day shown. Raises InputError for nonsense."""
    if not text:
        return today.year
    year = natural(text, most=2100, least=2000)
    if year is None:
        raise InputError(_("年度应在 2000—2100 之间"), where=text[:10])
    return year


def span_of(first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """The two days. Raises InputError when they are the wrong way round or more than 400 days apart."""
    if first > last or (last - first).days > MOST_DAYS:
        raise InputError(_("起始日期应不晚于结束日期，且一次不超过 400 天"), where="first")
    return first, last


def _one(queryset: Any, user: Any, words: str, **wanted: Any) -> Any:
    found = visible(queryset, user).filter(**wanted).first()
    if found is None:
        raise NotFoundError(words, where=str(next(iter(wanted.values())))[:40])
    return found


def station_of(user: Any, code: str) -> Station:
    """Raises NotFoundError for one that does not exist or that the user may not see."""
    found: Station = _one(
        Station.objects.select_related("area", "organisation"),
        user,
        _("没有这个监测站，或它不在您的管辖范围内"),
        code=code,
    )
    return found


def outlet_of(user: Any, code: str) -> Outlet:
    """Like :func:`station_of`."""
    found: Outlet = _one(
        Outlet.objects.select_related("enterprise__area"), user, _("没有这个排放口，或它不在您的管辖范围内"), code=code
    )
    return found


def channel_of(user: Any, pk: int) -> Channel:
    """Like :func:`station_of`."""
    found: Channel = _one(
        Channel.objects.select_related("station__area", "outlet__enterprise__area"),
        user,
        _("没有这个监测项目，或它不在您的管辖范围内"),
        pk=pk,
    )
    return found


def exceedance_of(user: Any, pk: int) -> Exceedance:
    """Like :func:`station_of`; held until the transaction ends, inside one."""
    rows = Exceedance.objects.select_related("channel__station__area", "channel__outlet__enterprise__area")
    found: Exceedance = _one(locked(rows), user, _("没有这条超标记录，或它不在您的管辖范围内"), pk=pk)
    return found


def exceedances(user: Any, area: Any, day: dt.date | None = None) -> QuerySet[Exceedance]:
    """What was exceeded in the area (None: wherever the user sees it), up to the end of ``day`` where one is
    given.
    """
    rows = seen(Exceedance.objects.all(), user, area)
    return rows.filter(start__lt=end_of(day)) if day else rows


def of_state(rows: QuerySet[Exceedance], state: str) -> QuerySet[Exceedance]:
    """Those of a state; "" for all that were not withdrawn."""
    return rows.filter(state=state) if state else rows.exclude(state=ExceedanceState.WITHDRAWN)


def recent_exceedances(channels: list[Channel], most: int = 8) -> list[Exceedance]:
    """The latest exceedances that stand or may stand."""
    rows = of_state(Exceedance.objects.filter(channel__in=channels), "")
    return list(rows.select_related("channel")[:most])


@dataclass(frozen=True, slots=True)
class Reading:
    """A channel's latest reading beside the limit of its first average. ``stopped``: its device is not in
    service, so that the reading is no present one.
    """

    channel: Channel
    name: str
    unit: str
    latest: Latest | None
    bound: Limit | None
    limit_shown: float | None
    stopped: bool = False

    @property
    def over(self) -> bool:
        """Whether the latest reading lies beyond the limit of the mean (a hint, no exceedance)."""
        if self.stopped or self.latest is None or self.latest.invalid or self.bound is None or self.limit_shown is None:
            return False
        low = self.bound.low
        return self.latest.value > self.limit_shown or (low is not None and self.latest.value < low)


def limit_of(channel: Channel, day: dt.date, average: str = "") -> Limit | None:
    """The limit that the channel's place is held to, of ``average`` or else of the first average it has one
    for.
    """
    place = channel.place
    for one in averages_of(place):
        if average in ("", one) and place.standard:
            found = limit(place.standard, place.grade, channel.factor, one, day)
            if found is not None:
                return found
    return None


def readings_now(channels: list[Channel], day: dt.date) -> list[Reading]:
    """Latest readings of channels that carry their place."""
    newest, stopped = latest_of(channels), stopped_of(channels)
    found = []
    for channel in channels:
        bound, unit = limit_of(channel, day), channel.shown_unit
        shown = None if bound is None else float(converted(bound.high, bound.unit, unit))
        found.append(
            Reading(
                channel,
                factors.name_of(channel.factor),
                unit,
                newest.get(channel.pk),
                bound,
                shown,
                channel.pk in stopped,
            )
        )
    return found
