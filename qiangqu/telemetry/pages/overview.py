"""The devices of a zone now: states, latest values, where they stand. The rows, and what stands around them,
are asked for again every few seconds.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.terms import clauses
from qiangqu.base.visibility import visible
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing
from qiangqu.ui.registers.listing import address_of
from qiangqu.ui.sketch import sketch
from qiangqu.ui.templatetags.quantities import quantity

from ..health import STATE_WORDS, State
from ..models import Device, UnknownDevice
from ..reading import Reading, counted, devices_of, live, search, states
from ..registers import DEVICES, POINTS

MOST_MARKS = 200
SECONDS = 5  # between two questions of an open page


_SHAPES = {State.ONLINE: "m-12 0a12 12 0 1 0 24 0a12 12 0 1 0-24 0z", State.LATE: "m0-13l13 23h-26z"}
_SQUARE = "m-11-11h22v22h-22z"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as the page writes it."""

    url: str
    css: str
    title: str
    name: str
    value: str
    unit: str
    mark: str


def _shown(readings: list[Reading], url: Callable[[int], str]) -> list[Shown]:
    """Values ready to be written: a page shows hundreds, and is asked for every few seconds."""
    invalid, beyond = _("无效（维护、校准或故障）"), _("超出量程")
    made = []
    for one in readings:
        point = one.point
        title = (
            f"{one.at:%Y-%m-%d %H:%M:%S}"
            + (f" · {invalid}" if one.invalid else "")
            + (f" · {beyond}" if one.beyond else "")
        )
        made.append(
            Shown(
                url(point.pk),
                f"dev-{one.fresh}" + (" dev-invalid" if one.invalid else ""),
                title,
                _(point.factor.name) if point.factor and point.factor.name else point.factor_code,
                quantity(one.value),
                point.unit,
                (" ⊘" if one.invalid else "") + (" ▲" if one.beyond else ""),
            )
        )
    return made


def _states(asked: Asked) -> dict[int, State]:
    """The state of every device in the area that is looked at (with the words that are sought)."""
    return asked.once("states", lambda: states(search(devices_of(asked.user, asked.area), asked.q), _clock(asked)))  # type: ignore[no-any-return]


def _clock(asked: Asked) -> dt.datetime:
    return asked.once("now", timezone.now)  # type: ignore[no-any-return]


def _filters(asked: Asked) -> lists.filters.Filters:
    def in_state(rows: Any, wanted: str) -> Any:
        return rows.filter(pk__in=[pk for pk, state in _states(asked).items() if state == wanted]) if wanted else rows

    return lists.choice("state", _("状态"), STATE_WORDS.items(), how=in_state)


def _with_values(asked: Asked, rows: list[Any]) -> list[Any]:
    for row, now in zip(rows, live(rows, _clock(asked)), strict=True):
        row.live = now
    return rows


def _values(row: Any) -> Any:
    shown = _shown(row.live.readings, address_of(POINTS))
    if not shown:
        return format_html('<span class="qq-note">{}</span>', _("没有数据"))
    link = '<a href="{}" class="dev-value {}" title="{}">{} <b>{}</b> {}{}</a>'
    each = ((v.url, v.css, v.title, v.name, v.value, v.unit, v.mark) for v in shown)
    return format_html('<div class="dev-values">{}</div>', format_html_join(" ", link, each))


def _written(row: Any) -> str:
    return clauses(f"{v.name} {v.value} {v.unit}{v.mark}" for v in _shown(row.live.readings, str))


def _columns(asked: Asked) -> Sequence[Column]:
    field = partial(lists.column, Device)
    return [
        field("name", label=_("设备"), role=lists.NAME, text=str, note=_where, sort=("name", "mn"), width=30),
        field("mn", label="MN", verbatim=True, shown=False, width=28),
        Column("state", _("状态"), lambda row: str(STATE_WORDS[row.live.state]), role=lists.STATE,
               html=lambda row: format_html('<span class="dev-state dev-{}">{}</span>', row.live.state, STATE_WORDS[row.live.state])),
        Column("last_seen", _("最近通信"), lambda row: row.live.health.last_seen if row.live.health else None,
               text=lambda row: _when(row), sort=("health__last_seen",), role=lists.DATE),
        Column("values", _("最新值"), _written, html=_values, width=80),
        field("area", label=_("所在区域"), shown=False, width=24),
        field("organisation", label=_("所属单位"), shown=False, width=30),
        field("protocol", shown=False),
    ]  # fmt: skip


def _where(row: Device) -> str:
    owner = f" · {row.organisation}" if row.organisation else ""
    return f"{row.mn} · {row.area.short_name or row.area.name}{owner}"


def _when(row: Any) -> str:
    seen = row.live.health.last_seen if row.live.health else None
    return timezone.localtime(seen).strftime("%m-%d %H:%M:%S") if seen else "—"


def _context(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """What stands around the rows: how many devices in which state, and where those shown stand."""
    by_id, wanted = _states(asked), asked.params.get("state", "")
    shown = search(devices_of(asked.user, asked.area), asked.q)
    if wanted in State.__members__.values():
        shown = shown.filter(pk__in=[pk for pk, state in by_id.items() if state == wanted])
    of_device = address_of(DEVICES)
    placed = list(shown.exclude(lon=None).exclude(lat=None).order_by("mn")[:MOST_MARKS])
    drawn = sketch([(device, by_id[device.pk]) for device in placed if device.pk in by_id])
    counts, user = counted(by_id.values()), asked.user
    return {
        "total": len(by_id),
        "figures": [(state, STATE_WORDS[state], counts[state]) for state in State],
        "wanted": wanted,
        "sketch": drawn,
        "marks": [
            (
                of_device(mark.place.pk),
                f"{mark.place} · {STATE_WORDS[mark.info]}",
                mark.info,
                f"M{mark.x:.1f} {mark.y:.1f}{_SHAPES.get(mark.info, _SQUARE)}",
            )
            for mark in (drawn.marks if drawn else ())
        ],
        "foot_note": _("更新于 %(time)s") % {"time": timezone.localtime(_clock(asked)).strftime("%H:%M:%S")},
        "seconds": SECONDS,
        "again": request.headers.get("HX-Target") == "telemetry-rows",  # the rows alone are asked for
        "unknown": visible(UnknownDevice.objects.all(), user).count() if may(user, Action.EDIT_REGISTERS) else None,
    }


OVERVIEW = Listing(
    code="telemetry-overview",
    page="telemetry",
    title=gettext_lazy("设备实时"),
    rows=lambda asked: devices_of(asked.user, asked.area),
    columns=_columns,
    filters=_filters,
    search=search,
    search_label=gettext_lazy("名称、MN 或所属单位"),
    order=("name", "mn"),
    related=("area", "organisation", "health"),
    prepare=_with_values,
    link=lambda row: address_of(DEVICES)(row.pk),
    simulated=lambda row: row.simulated,
    context=_context,
    template="telemetry/overview.html",
    rows_template="telemetry/live.html",
    empty=gettext_lazy("没有符合条件的设备"),
    empty_icon="antenna-off",
    id="telemetry",
)
