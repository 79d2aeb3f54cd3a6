"""Every indicator of the pack, opened in the demonstration, leads down to records and facts with their
source, or says why there is no value.
"""

from typing import Any

import pytest

from qiangqu.base.periods import parse_period
from qiangqu.formulas.each import of_areas
from qiangqu.formulas.explain import Explanation, Input, explain, rows_at
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.formulas.ranking import period_of, ranked
from qiangqu.formulas.refresh import postponed, refresh
from qiangqu.formulas.rows import Choice, Row
from qiangqu.registry.models import Area
from qiangqu.site.packs import find_pack, load_pack
from qiangqu_demo.schemes import enact
from qiangqu_demo.simulation.demonstration import simulate

pytestmark = pytest.mark.demonstration

#: where each is opened, and whether its newest year (mostly sums of months) rather than its newest period
OPENED = (("640000", False), ("NX-Z-01", True))


def parts(part: Input) -> list[Input]:
    """The parts that the value uses and that have rows."""
    own = [part] if part.has_rows and part.used else []
    return own + [found for child in part.inputs if child.used for found in parts(child)]


def reached(code: str, part: Input, choice: Choice) -> list[Row]:
    """The last rows that one gets to from a part: subjects are opened to their facts."""
    place = {"node": part.node, "area": part.area, "period": part.period, "choice": choice}
    page = rows_at(code, **place)
    last: list[Row] = []
    for row in [r for r in page.rows if r.counts][:2]:
        one = (row.subject_kind, row.id)
        last += rows_at(code, **place, subject=one).rows if row.kind == "subject" else [row]
    return last


def where(one: Indicator) -> list[tuple[str, str]]:
    """Two places and periods where it is opened: areas, or the first two records that have a value."""
    if not of_areas(one.subject):
        period = period_of(one, "")
        return [(row.code, period.code) for row in ranked(one, period, None)[:2]] if period else []
    places = []
    for area, yearly in OPENED:
        stored = IndicatorValue.objects.filter(indicator=one, area__code=area, value__isnull=False)
        stored = stored.filter(period_key__lt=2_000_000) if yearly else stored
        newest = stored.order_by("-period_key").first()
        places.append((area, newest.period.code if newest else "2025"))
    return places


def told(row: Row) -> bool:
    """Whether a row says where it comes from."""
    if row.kind == "fact":
        return bool(row.period and (row.source.get("title") or row.batch["kind"]))
    return row.kind in ("recognition", "project", "organisation", "parcel", "record") and row.id > 0


def faults(found: Explanation) -> list[Any]:
    if found.cell.value is None:
        return [] if found.cell.reason else ["no value and no reason"]
    if found.root.op == "const":
        return []
    used = parts(found.root)
    if not used and not found.root.inputs:
        return ["no parts"]
    wrong: list[Any] = []
    for part in used:
        rows = reached(found.code, part, found.choice)
        # a count or a sum of 0 has nobody behind it
        if not rows and part.cell.value:
            wrong.append((part.op, part.label, part.area, part.period, "no rows"))
        wrong += [(part.op, row.kind, row.name, "no source") for row in rows if not told(row)]
    return wrong


@pytest.mark.django_db
def test_every_indicator_opens_down_to_records_or_says_why_not() -> None:
    pack = find_pack("ningxia")
    with postponed():
        load_pack(pack, lambda _text: None)
        simulate(pack, parse_period("2026-10"), months=26, enterprises=120)
    # figures of a year that ladders ask for
    enact(Area.objects.get(code="NX-Z-01"), lambda _text: None)
    refresh()
    wrong: dict[tuple[str, str, str], list[Any]] = {}
    kinds: set[str] = set()
    opened = 0
    for one in Indicator.objects.all():
        for place, period in where(one):
            found = explain(one.code, place, period)
            opened += 1
            kinds |= {part.op for part in parts(found.root)}
            if problems := faults(found):
                wrong[one.code, place, period] = problems
    assert wrong == {}
    assert opened == len(OPENED) * Indicator.objects.count() > 200
    assert kinds >= {"total", "official", "holders", "organisations", "parcels"}
