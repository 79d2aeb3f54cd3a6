"""Pages of figures per mu: by zone, industry, enterprise and parcel; and which parcels close the gap to the plan."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab, paged

from .. import figures
from ..figures import Held, Line
from ..potential import Measure, PerMu, measures, per_mu

SHOWN = 50  # parcels on a page of the gap


def _measure(asked: Asked) -> Measure:
    known = measures()
    return known.get(asked.params.get("measure", ""), next(iter(known.values())))


def _known(asked: Asked) -> PerMu:
    found: PerMu = asked.once("known", lambda: per_mu(_measure(asked), asked.today, levels=False))
    return found


def _land(asked: Asked) -> list[Held]:
    found: list[Held] = asked.once("land", lambda: figures.land_in(asked.user, asked.area, asked.today))
    return found


def _rows(asked: Asked) -> list[Line]:
    measure, land = _measure(asked), _land(asked)
    if asked.tab == "zone":
        found = figures.by_zone(measure, figures.zone_period(measure, asked.today), asked.user, asked.area, land)
    elif asked.tab == "industry":
        found = figures.by_industry(measure, _known(asked), land)
    elif asked.tab == "enterprise":
        found = figures.by_enterprise(measure, _known(asked), land)
    else:
        found = figures.by_parcel(measure, _known(asked), land)
    return sorted(found, key=lambda one: (one.value is None, -(one.value or 0.0), one.name))


_WORDS = {
    "zone": gettext_lazy("园区"), "industry": gettext_lazy("行业"), "enterprise": gettext_lazy("企业"), "parcel": gettext_lazy("宗地"),
}  # fmt: skip


def _columns(asked: Asked) -> list[Column]:
    measure = _measure(asked)
    return [
        Column("name", str(_WORDS[asked.tab]), lambda row: row.name, sort=("name",), role=lists.NAME, width=36, verbatim=True,
               note=lambda row: row.note, link=lambda row: row.inside),
        Column("value", f"{_('亩均')}{measure.title}" if measure.of == "organisation" else str(measure.title), lambda row: row.value,
               sort=("value",), role=lists.VALUE, number=True, unit=_("万元/亩"), decimals=measure.decimals, link=lambda row: row.url),
        Column("mu", _("土地"), lambda row: row.mu, sort=("mu",), number=True, unit=_("亩"), decimals=1),
        Column("amount", _("合计"), lambda row: row.amount, sort=("amount",), number=True, unit=_("万元"), decimals=0),
        Column("many", _("宗地数"), lambda row: row.many, sort=("many",), number=True, decimals=0),
    ]  # fmt: skip


def _intro(asked: Asked) -> str:
    measure = _measure(asked)
    if asked.tab == "zone":
        period = figures.zone_period(measure, asked.today)
        return _("%(period)s 各园区的指标值，点开到事实。土地为名录中已建成和低效的宗地。") % {"period": period or "—"}
    period_of_each = _known(asked).period
    if not period_of_each:
        return _("还没有这项亩均指标逐宗或逐企业的值。")
    words = {"period": period_of_each}
    if measure.of == "parcel":
        return _("%(period)s 的值。企业、行业的按宗地面积加权。") % words
    return _("%(period)s 的值，点开到事实。宗地的为使用单位全部用地的亩均，行业的按用地面积加权。") % words


PER_MU = Listing(
    code="land-per-mu",
    page="land-per-mu",
    title=gettext_lazy("亩均效益"),
    tabs=lambda asked: [Tab(key, word) for key, word in _WORDS.items()],
    rows=_rows,
    columns=_columns,
    filters=lambda asked: lists.choice(
        "measure", _("指标"), [(one.id, one.title) for one in measures().values()], default=next(iter(measures()))
    ),
    search=("name",),
    kept=("measure",),
    simulated=lambda row: row.simulated,
    intro=_intro,
    empty=gettext_lazy("没有亩均数据"),
    empty_icon="chart-bar",
)


@page("land/gap.html", Action.VIEW_PLAN)
def gap(asked: Any) -> dict[str, Any]:
    """The running total of parcels against the plan's target per mu."""
    measure = _measure(asked)
    area = asked.request.area
    land = figures.land_in(asked.user, area, asked.today) if area is not None else []
    found = figures.gap_of(measure, area, land, asked.user, asked.today) if area is not None else None
    upper = asked.params.get("to") == "upper"
    known = per_mu(measure, asked.today)
    rows = figures.steps(found, known, land, upper) if found is not None else []
    enough = next((at for at, one in enumerate(rows, 1) if one.share is not None and one.share >= 100), None)
    shown, paging = paged(rows, asked.params.get("page"), SHOWN)
    return {
        "measures": measures().values(),
        "measure": measure,
        "gap": found,
        "area": area,
        "rows": shown,
        "paging": paging,
        "upper": upper,
        "enough": enough,
        "last": rows[-1] if rows else None,
        "period": known.period,
    }
