"""The list of areas beside one another: one line an area, one column an indicator, each in the newest period
that most of them have.
"""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import seen
from qiangqu.facts import subjects
from qiangqu.registry.models import Area, AreaLevel
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.subjects import AREA
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from .peers import Compared, compared
from .templatetags.indicators import open_url

SHOWN = 5  # columns at first: the others are a choice away
LEVELS = (AreaLevel.ZONE, AreaLevel.CITY)


@dataclass(frozen=True, slots=True)
class Place:
    """One line: an area and its cells by the indicator's id."""

    area: Area
    cells: dict[int, tuple[float, bool]]

    @property
    def simulated(self) -> bool:
        """Whether every value is simulated."""
        return bool(self.cells) and all(simulated for _value, simulated in self.cells.values())


def _areas(asked: Asked) -> list[Area]:
    if "areas" not in asked.kept:
        day = asked.day or timezone.localdate()
        rows = seen(Area.objects.filter(level=asked.tab or LEVELS[0]), asked.user, asked.area)
        asked.kept["areas"] = list(alive_on(rows.select_related("parent"), day).order_by("path"))
    found: list[Area] = asked.kept["areas"]
    return found


def _found(asked: Asked) -> list[Compared]:
    if "compared" not in asked.kept:
        asked.kept["compared"] = compared(_areas(asked), asked.day or timezone.localdate())
    found: list[Compared] = asked.kept["compared"]
    return found


def _rows(asked: Asked) -> list[Place]:
    found = _found(asked)
    if not found:
        return []  # one area alone, or none with values: the list says so
    return [
        Place(area, {one.indicator.pk: one.values[area.pk] for one in found if area.pk in one.values})
        for area in _areas(asked)
    ]


def _column(one: Compared, shown: bool) -> Column:
    pk, code = one.indicator.pk, one.indicator.code

    def read(row: Place) -> float | None:
        cell = row.cells.get(pk)
        return None if cell is None else cell[0]

    def note(row: Place) -> str:
        # where everything is made up the line says so once
        return _("模拟数据") if pk in row.cells and row.cells[pk][1] and not row.simulated else ""

    def link(row: Place) -> str:
        return open_url(code, row.area.code, one.period.code) if pk in row.cells else ""

    return Column(
        f"value_{pk}", f"{one.indicator.name} {one.period.label}", read, sort=(f"value_{pk}",), role=lists.VALUE,
        number=True, unit=one.indicator.unit, decimals=one.indicator.decimals, link=link, note=note, shown=shown,
        width=18,
    )  # fmt: skip


def _columns(asked: Asked) -> list[Column]:
    def url(row: Place) -> str:
        return subjects.url_of(AREA.number, row.area.pk) or ""

    return [
        Column("name", _("区域"), lambda row: row.area.name, text=lambda row: row.area.short_name, sort=("name",), role=lists.NAME, width=28, verbatim=True, link=url),
        Column("parent", _("所属"), lambda row: row.area.parent.short_name if row.area.parent else None, sort=("parent",), width=14, verbatim=True),
        *(_column(one, number < SHOWN) for number, one in enumerate(_found(asked))),
    ]  # fmt: skip


COMPARISON = Listing(
    code="area_comparison",
    page="area-comparison",
    title=gettext_lazy("区域对比"),
    tabs=lambda asked: [Tab(str(level), str(AreaLevel(level).label)) for level in LEVELS],
    rows=_rows,
    columns=_columns,
    search=("name", "parent"),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("每个指标取多数区域都有值的最近一期；点列名排序，点数值打开计算过程，其他指标在“列”里选。"),
    empty=gettext_lazy("您能看到的区域里没有可比的数值"),
    empty_icon="chart-bar-off",
)
