"""Lists: exceedances, permit-year totals, completeness."""

import datetime as dt
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing
from qiangqu.ui.templatetags.quantities import STATUSES

from .. import factors
from ..completeness import REQUIRED
from ..models import Exceedance, ExceedanceState, Outlet
from ..queries import AVERAGE_WORDS, day_of, exceedances, of_state, span_of, year_of
from ..results import Ranked, completeness
from ..totals import WORDS, Total, totals

# ---------------------------------------------------------------- exceedances


def _exceeded(asked: Asked) -> Any:
    return exceedances(asked.user, asked.area, asked.day)


def _exceedance_filters(asked: Asked) -> lists.filters.Filters:
    codes = _exceeded(asked).order_by().values_list("channel__factor", flat=True).distinct()
    named = [(code, _(factors.name_of(code))) for code in sorted(codes)]
    return (
        lists.choice("state", _("状态"), ExceedanceState.choices, how=of_state, every=_("全部（不含撤回）"))
        | lists.choice("factor", _("因子"), named, field="channel__factor")
        | lists.days("start", _("时间"), moments=True)
    )


STATE_COLOURS = {ExceedanceState.OPEN: "amber", ExceedanceState.CONFIRMED: "red"}


def _exceedance_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Exceedance)
    return [
        Column("place", _("地点"), lambda row: row.channel.place.name, role=lists.NAME,
               sort=("channel__outlet__name", "channel__station__name"), width=30),
        field("start", label=_("时间"), role=lists.DATE),
        Column("enterprise", _("企业"), lambda row: str(row.channel.outlet.enterprise) if row.channel.outlet else None,
               sort=("channel__outlet__enterprise__name",), shown=False, width=30),
        Column("factor", _("因子"), lambda row: _(factors.name_of(row.channel.factor)), sort=("channel__factor",)),
        Column("average", _("均值"), lambda row: _(AVERAGE_WORDS.get(row.average, row.average)), sort=("average",)),
        field("value", role=lists.VALUE, decimals=2, unit=lambda row: row.unit,
              link=lambda row: reverse("environment-total-day", args=[row.channel_id, f"{timezone.localtime(row.start):%Y-%m-%d}"]),
              opens=lambda row: row.channel),
        field("limit", text=lambda row: row.bounds),
        Column("times", _("超标倍数"), lambda row: row.times, decimals=2, number=True),
        field("citation", label=_("依据"), width=30),
        field("state", role=lists.STATE, badge=lambda row: STATE_COLOURS.get(row.state, "grey")),
        field("note", shown=False, width=40),
        field("handled_by", label=_("处理人"), shown=False),
        field("handled_at", shown=False),
    ]  # fmt: skip


EXCEEDANCES = Listing(
    code="environment-exceedances",
    page="environment-exceedances",
    title=gettext_lazy("超标记录"),
    rows=_exceeded,
    columns=_exceedance_columns,
    filters=_exceedance_filters,
    search=("channel__outlet__name", "channel__station__name"),
    search_label=gettext_lazy("监测站或排放口"),
    order=("-start", "-pk"),
    related=("channel__station", "channel__outlet__enterprise", "handled_by"),
    link=lambda row: reverse("environment-exceedance", args=[row.pk]),
    simulated=lambda row: row.channel.place.simulated,
    empty=gettext_lazy("没有超标记录"),
    empty_icon="circle-check",
    size=50,
)


# ---------------------------------------------------------------- totals of a permit year


def total_year(asked: Asked) -> int:
    return year_of(asked.params.get("year", ""), asked.today)


def _all_totals(asked: Asked) -> list[Total]:
    found: list[Total] = asked.once("all", lambda: totals(asked.user, asked.area, total_year(asked), asked.today))
    return found


def _totals(asked: Asked) -> list[Total]:
    found, state = _all_totals(asked), asked.values.get("state")
    return [row for row in found if row.status == state] if state else found


def _total_link(row: Total) -> str:
    return reverse("environment-total", args=[row.enterprise.code, row.factor, row.year])


def _total_columns(asked: Asked) -> list[Column]:
    number = partial(lists.made, number=True, unit=_("吨"), decimals=2)
    return [
        Column("enterprise", _("企业"), lambda row: str(row.enterprise), sort=("enterprise",), role=lists.NAME, width=30),
        Column("factor", _("因子"), lambda row: _(row.name), sort=("factor",)),
        number("emitted", _("已排放"), role=lists.VALUE, link=_total_link),
        number("substituted", _("其中替代")),
        number("permitted", _("许可量")),
        number("share", _("已用"), unit="%", decimals=1),
        number("expected", _("按现速全年"), decimals=1),
        Column("state", _("状态"), lambda row: row.word, sort=("state",), role=lists.STATE,
               badge=lambda row: STATUSES[row.status][0] if row.permitted is not None else ""),
    ]  # fmt: skip


def _total_context(request: Any, asked: Asked) -> dict[str, Any]:
    rows = _all_totals(asked)
    over, risk = (sum(row.status == state for row in rows) for state in ("off_track", "at_risk"))
    words = {"count": len(rows), "over": over, "risk": risk}
    return {
        "year": total_year(asked),
        "foot_note": _("%(count)s 项；超许可量 %(over)s 项，预计超量 %(risk)s 项") % words,
    }


TOTALS = Listing(
    code="environment-totals",
    page="environment-totals",
    title=gettext_lazy("许可排放总量"),
    rows=_totals,
    columns=_total_columns,
    filters=lambda asked: (
        lists.text("year", _("年度"), how=lambda rows, value: rows, longest=4)
        | lists.choice("state", _("状态"), list(WORDS.items()))
    ),
    search=("enterprise",),
    link=_total_link,
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("这一年没有排放数据和许可量"),
    empty_icon="sum",
    template="environment/totals.html",
    context=_total_context,
    size=50,
)


# ---------------------------------------------------------------- completeness


def asked_span(asked: Asked) -> tuple[dt.date, dt.date]:
    """The days asked for; by default the last thirty. Raises InputError for nonsense and for too many."""
    first, last = (asked.params.get(name, "") for name in ("from", "to"))
    end = day_of(last) if last else asked.today
    return span_of(day_of(first) if first else end - dt.timedelta(days=29), end)


def _ranked(asked: Asked) -> list[Ranked]:
    rows: list[Ranked] = asked.once("ranked", lambda: completeness(asked.user, asked.area, *asked_span(asked)))
    return rows


def _place_link(row: Ranked) -> str:
    name = "environment-outlet" if isinstance(row.place, Outlet) else "environment-station"
    return reverse(name, args=[row.place.code])


def _place_kind(row: Ranked) -> str:
    place = row.place
    return str(place.get_medium_display() if isinstance(place, Outlet) else place.get_kind_display())


def _completeness_columns(asked: Asked) -> list[Column]:
    def share(name: str, label: str, **more: Any) -> Column:
        def read(row: Ranked) -> float | None:
            found = getattr(row.one, name)
            return None if found is None else found * 100

        return Column(name, label, read, sort=(name,), number=True, unit="%", decimals=1, **more)

    return [
        Column("name", _("名称"), lambda row: row.place.name, sort=("name",), role=lists.NAME, width=30),
        lists.made("rank", _("位次（由差到好）"), number=True),
        Column("kind", _("类型"), _place_kind, sort=("kind",)),
        lists.made("due", _("应有小时数"), "one__due", number=True, decimals=0),
        lists.made("received", _("收到"), "one__received", number=True, decimals=0),
        lists.made("valid", _("有效"), "one__valid", number=True, decimals=0),
        share("transmission", _("传输率")),
        share("validity", _("有效率")),
        share("effective", _("传输有效率"), role=lists.VALUE),
        Column("state", _("状态"), lambda row: _("低于要求") if row.below else _("达到要求"), role=lists.STATE,
               badge=lambda row: "red" if row.below else "green"),
    ]  # fmt: skip


def _span_words(asked: Asked) -> str:
    first, last = asked_span(asked)
    return _("%(first)s 至 %(last)s") % {"first": first, "last": last}


def _completeness_context(request: Any, asked: Asked) -> dict[str, Any]:
    rows = _ranked(asked)
    words = {"n": len(rows), "below": sum(row.below for row in rows), "r": f"{REQUIRED * 100:.0f}"}
    note = _("%(n)s 个点位，其中 %(below)s 个低于 %(r)s%%；停产时段未扣除") % words
    return {"foot_note": note}


COMPLETENESS = Listing(
    code="environment-completeness",
    page="environment-completeness",
    title=gettext_lazy("数据完整率"),
    rows=_ranked,
    columns=_completeness_columns,
    filters=lambda asked: lists.days("day", _("日期"), names=("from", "to"), nothing=True),
    search=("name",),
    link=_place_link,
    opens=lambda row: row.place,
    simulated=lambda row: row.place.simulated,
    intro=_span_words,
    empty=gettext_lazy("这段时间没有日结果"),
    empty_icon="database-off",
    context=_completeness_context,
    size=50,
)
