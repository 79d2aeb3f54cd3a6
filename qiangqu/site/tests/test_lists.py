"""Every declared list: filter, order, pages, hostile addresses, Excel, saved views, and who sees what."""

import contextlib
import datetime as dt
import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import PeriodKind, parse_period, year
from qiangqu.base.tests.shared import shared_records
from qiangqu.base.visibility import has_place, path_of
from qiangqu.cases.models import Case, CaseKind, CaseStatus, Light, Step, StepStatus
from qiangqu.domains.environment.models import (
    Channel,
    DailyResult,
    Exceedance,
    Outlet,
    PermitAmount,
    Station,
    WasteEntry,
)
from qiangqu.domains.land.potential import measures
from qiangqu.domains.office.documents.terms import Direction, DocumentState
from qiangqu.domains.office.models.documents import Document, IssuingBody
from qiangqu.domains.office.models.meetings import Meeting
from qiangqu.facts.models import CollectionForm, ImportJob
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.plan.contract import SUPERVISION
from qiangqu.plan.models import Plan
from qiangqu.registry.models import Area, Role
from qiangqu.registry.tests import factories
from qiangqu.site import urls as _addresses  # noqa: F401 - lists are declared with their addresses
from qiangqu.telemetry.models import Device, DeviceDay
from qiangqu.ui.lists import declared
from qiangqu.ui.lists import rows as engine
from qiangqu.ui.lists.asked import Asked
from qiangqu.ui.lists.declare import Listing
from qiangqu.ui.lists.pages import exported
from qiangqu.ui.models import SavedView
from qiangqu.ui.templatetags.quantities import simulated_mark

from .test_versions import make

pytestmark = pytest.mark.django_db
LISTS = {one.code: one for one in declared()}
EVERY = pytest.mark.parametrize("code", sorted(LISTS))
TABS = sorted(
    [(code, "") for code in LISTS]
    + [("cases", tab) for tab in ("todo", "doing", "done", "mine", "watch", "all")]
    + [("documents", tab) for tab in ("read", "in", "out", "drafts")]
    + [("meetings", tab) for tab in ("ahead", "mine", "past", "all")]
)
#: lists that a test cannot fill by making records: what they show comes from a file or from nobody's area
EMPTY = {
    "facts-elements",
    "facts-sources",
    "facts-imports",
    "indicator_records",
    "federation-log",
    "federation-conflicts",
    "policy-reach",
}
PLENTY = 3
MORNING = dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)


class Scene:
    """Two zones, each with records of every list."""

    def __init__(self) -> None:
        self.areas = factories.tree()
        self.people = factories.users(self.areas)
        region = self.areas["R"]
        Plan.objects.create(code="P", name="计划", area=region, base_year=2025, start_year=2026, target_year=2030)
        self.made: dict[tuple[str, type], list[Any]] = {}
        self.viewers: dict[str, str] = {}  # who sees the most under an address
        CollectionForm.objects.create(
            code="monthly", name="月报", frequency=PeriodKind.MONTH, due_days=10, area=self.areas["R"],
            first_period=parse_period("2024-01").key,
        )  # fmt: skip
        codes = ("compared", next(iter(measures().values())).zone)
        compared = [Indicator.objects.create(code=code, name="可比指标", unit="个", formula="1") for code in codes]
        for zone, n in (("Z1", 1), ("Z3", 2)):
            self._fill(zone, factories.enterprise(self.areas[zone], n, name=f"企业{zone}"))
            last = year(timezone.localdate().year - 1).key
            IndicatorValue.objects.bulk_create(
                IndicatorValue(indicator=one, area=self.areas[zone], period_key=last, value=n) for one in compared
            )

    def _fill(self, zone: str, firm: Any) -> None:
        area = self.areas[zone]
        given = {"area": area, "organisation": firm, "enterprise": firm, "holder": firm, "owner": firm}
        given["opened_by"] = self.people["zone" if zone == "Z1" else "neighbour"]
        given["user"] = given["opened_by"]
        given["body"] = make(IssuingBody, given)
        given["to"] = given["body"]
        given["station"] = make(Station, given)
        self.given = given
        models: dict[type, int] = {}
        for listing in LISTS.values():
            rows = listing.rows(Asked(self.people["planner"], QueryDict(), tab="all"))
            if isinstance(rows, QuerySet) and rows.model is not Area and not getattr(rows.model, "inner", False):
                models[rows.model] = PLENTY
        for model in (*models, Case):
            more = {"start": MORNING, "end": MORNING + dt.timedelta(hours=1)} if model is Meeting else {}
            self.made[zone, model] = [make(model, given | more) for _n in range(PLENTY)]
        for n, case in enumerate(self.made[zone, Case]):
            case.area, case.organisation, case.opened_by = area, firm, given["user"]
            case.status, case.light = CaseStatus.OPEN, Light.RED
            case.save()
            Step.objects.create(
                case=case, task_id=f"t{n}", node="n", name="步骤", status=StepStatus.OPEN, desk_role=Role.ZONE, desk_area=area,
                opened_at=case.opened_at, since=dt.date(2026, 1, 1), due_on=dt.date(2026, 2, 1 + n),
            )  # fmt: skip
        kind = CaseKind.objects.filter(code=SUPERVISION).first() or make(CaseKind, {"code": SUPERVISION})
        for n in range(PLENTY):
            data = {"plan": "P", "unit": f"U{n}", "unit_name": f"单位{n}", "progress": 30 * n}
            one = make(Case, given)
            Case.objects.filter(pk=one.pk).update(kind=kind, data=data, due_on=dt.date(2026, 4, 1 + n))
        for n, one in enumerate(self.made[zone, Document]):
            Document.objects.filter(pk=one.pk).update(
                direction=Direction.OUT if n else Direction.IN,
                state=DocumentState.ISSUED if n else DocumentState.DONE,
                archive_code="",
            )
        outlet = Outlet.objects.filter(enterprise=firm).first() or make(Outlet, given)
        for n, factor in enumerate(("a21026", "a21002", "a34013")):
            channel = make(Channel, given | {"station": None, "outlet": outlet, "factor": factor})
            make(DailyResult, given | {"channel": channel})
            PermitAmount.objects.create(
                enterprise=firm, factor=factor, year=2026, tonnes=5.0 + n, valid_from=dt.date(2026, 1, 1)
            )
            Exceedance.objects.filter(pk=self.made[zone, Exceedance][n].pk).update(channel=channel)
        for one in self.made[zone, WasteEntry]:
            WasteEntry.objects.filter(pk=one.pk).update(day=dt.date(2026, 5, 1), enterprise=firm)
        for device in Device.objects.filter(area=area):
            make(DeviceDay, given | {"device": device})

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name])
        return client


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """Made once for all tests of this file, and gone after them."""
    with shared_records(django_db_blocker):
        yield Scene()


#: parameters under which a list has rows here
WHERE = {
    "environment-waste": {"year": "2026"},
    "environment-totals": {"year": "2026"},
    "environment-completeness": {"from": "2023-12-15", "to": "2024-01-15"},
    "telemetry-health": {"from": "2023-12-15", "to": "2024-01-15"},
    "alarms": {"shown": "all"},
    "meetings": {"list": "all"},
    "policies": {"list": "all"},
    "documents": {"list": "out"},
    "cases": {"list": "todo"},
}


def viewer(scene: Scene, listing: Listing, given: dict[str, str]) -> str:
    """Somebody who may open the list, and sees the most of it."""
    address = f"{reverse(listing.page)} {given}"
    if address not in scene.viewers:
        found: dict[str, int] = {}
        for name in ("zone", "planner", "admin"):
            response = scene.client(name).get(reverse(listing.page), given)
            if response.status_code == 200:
                found[name] = len(response.context["lines"])
        assert found, listing.code
        scene.viewers[address] = max(found, key=lambda name: found[name])
    return scene.viewers[address]


def asked(scene: Scene, who: str, given: dict[str, Any]) -> Asked:
    params = QueryDict(mutable=True)
    for name, value in given.items():
        params.setlist(name, value if isinstance(value, list) else [value])
    user = scene.people[who]
    return Asked(user, params, area=user.area)


def rows_of(scene: Scene, listing: Listing, who: str, given: dict[str, Any]) -> list[Any]:
    return engine.answer(listing, asked(scene, who, {"size": "100"} | given)).rows


def identity(row: Any) -> Any:
    """What tells a row from others, also a made one."""
    if isinstance(row, dict):
        return str(row["place"])
    for name in ("pk", "step", "case", "enterprise", "name", "place"):
        if getattr(row, name, None) is not None:
            return f"{getattr(row, name)} {getattr(row, 'factor', '')}"
    return repr(row)


@EVERY
def test_the_list_opens_with_rows(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    who = viewer(scene, listing, given)
    response = scene.client(who).get(reverse(listing.page), given)
    lines = response.context["lines"]
    assert lines or code in EMPTY, "the scene has rows of this list"
    text = response.content.decode()
    for line in lines:
        assert any("is-name" in cell.css for cell in line.cells), "a card has a heading"
        assert not line.address or f'data-href="{line.address}"' in text


@EVERY
def test_order_by_every_column_keeps_the_rows(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    who = viewer(scene, listing, given)
    question = asked(scene, who, given)
    engine.with_tab(listing, question)
    whole = sorted(identity(row) for row in rows_of(scene, listing, who, given))
    for column in listing.columns_for(question):
        if not column.sort:
            continue
        up = rows_of(scene, listing, who, given | {"sort": column.name})
        down = rows_of(scene, listing, who, given | {"sort": f"-{column.name}"})
        assert sorted(map(identity, up)) == sorted(map(identity, down)) == whole, column.name
        for rows, first in ((up, False), (down, True)):
            values = [column.read(row) for row in rows]
            values = [v for v in values if isinstance(v, (int, float, dt.date)) and not isinstance(v, bool)]
            assert all((b <= a) if first else (a <= b) for a, b in pairwise(values)), column.name


@pytest.mark.parametrize(("code", "tab"), TABS)
def test_pages_hold_every_row_once(scene: Scene, code: str, tab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = LISTS[code]
    given = {"list": tab} if tab else WHERE.get(code, {})
    who = viewer(scene, listing, given) if tab != "watch" else "planner"
    whole = [identity(row) for row in rows_of(scene, listing, who, given)]
    monkeypatch.setattr(engine, "size_of", lambda _listing, _params: 2)
    found: list[Any] = []
    for page in range(1, -(-len(whole) // 2) + 1):
        found += [identity(row) for row in rows_of(scene, listing, who, given | {"page": str(page)})]
    assert (found == whole and len(found) == len(set(found))) or not whole


HOSTILE = [
    {"page": "x", "size": "-1", "sort": "password", "columns": ["nope", "' OR 1=1"], "q": "%" * 500},
    {"page": "9" * 40, "sort": "-", "q": "\x00", "list": "\x00"},
    {"q": "<script>alert(1)</script>", "page": "-3", "size": "1e9"},
    {"list": "nonsense"},
    {"from": "9999-99-99", "to": "0001-01-01", "year": "９９９９", "by": "'; drop"},
    {"area": "nowhere"},
    {"as_of": "9999-99-99"},
]


EVIL = [
    *("\x00", "9" * 400, "-1", "9999-12-31", "0001-01-01", "' OR 1=1 --", "１", "NaN", "1e400"),
    "\ud800".encode("utf-8", "replace"),
]


def filters_of(scene: Scene, listing: Listing, who: str) -> list[str]:
    question = asked(scene, who, WHERE.get(listing.code, {}))
    engine.with_tab(listing, question)
    return list(listing.filters(question))


@EVERY
def test_hostile_questions_are_answered(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    who = viewer(scene, listing, given)
    names = filters_of(scene, listing, who)
    alone = [given | {name: text} for text in EVIL for name in names]
    for question in (*alone, *(given | dict.fromkeys(names, text) for text in EVIL), *HOSTILE):
        with contextlib.suppress(Http404, InputError, NotFoundError):  # what pages answer with 404 and 422
            engine.answer(listing, asked(scene, who, question))


@pytest.mark.one_database  # the same questions
@EVERY
def test_hostile_addresses_are_answered(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    who = viewer(scene, listing, given)
    client, address, names = scene.client(who), reverse(listing.page), filters_of(scene, listing, who)
    for text in EVIL:
        assert client.get(address, given | dict.fromkeys(names, text)).status_code in (200, 404, 422), text
    for query in HOSTILE:
        for where in (address, reverse(listing.excel)):
            response = client.get(where, query)
            assert response.status_code in (200, 404, 422), (where, query)
            assert b"<script>alert(1)" not in response.getvalue()
    client.get(address, {"as_of": ""})


@EVERY
def test_every_offered_filter_leaves_a_part(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    who = viewer(scene, listing, given)
    question = asked(scene, who, given)
    engine.with_tab(listing, question)
    form = engine.answer(listing, question).filterset.form
    for name, field in form.fields.items():
        if name in given or not hasattr(field, "choices"):
            continue
        for value, _word in list(field.choices)[:8]:
            text = str(getattr(value, "value", value))
            found = engine.answer(listing, asked(scene, who, given | {name: text}))
            assert not found.filterset.errors, (name, text, found.filterset.errors)


@pytest.mark.one_database
@EVERY
def test_excel_holds_what_the_list_shows(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    who = viewer(scene, listing, given)
    client = scene.client(who)
    response = client.get(reverse(listing.excel), given)
    assert response.status_code == 200 and response.headers["Content-Disposition"].startswith("attachment")
    table = list(load_workbook(io.BytesIO(response.getvalue())).active.iter_rows(values_only=True))
    question = asked(scene, who, {"size": "100"} | given)
    rows = engine.answer(listing, question).rows
    assert len(table) - 1 == len(rows)
    columns = [one for one in exported(listing, question) if one.excel]
    at = 0
    for column in columns:
        assert table[0][at] == column.heading
        held = [line[at] for line in table[1:]]
        for value, row in zip(held, rows, strict=True):
            said = (column.written or column.read)(row)
            if isinstance(said, str):
                assert (value or "") == said, column.name
            elif isinstance(said, (int, float)) and not isinstance(said, bool):
                assert value == pytest.approx(said), column.name
        at += 2 if column.unit_of is not None else 1
    if listing.simulated is not None:
        assert table[0][at] == "模拟数据"
        assert [line[at] == "是" for line in table[1:]] == [bool(listing.simulated(row)) for row in rows]


@pytest.mark.one_database
@EVERY
def test_a_saved_view_comes_back_and_is_ones_own(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    who = viewer(scene, listing, given)
    client = scene.client(who)
    question = asked(scene, who, given)
    engine.with_tab(listing, question)
    name = listing.columns_for(question)[-1].name
    query = QueryDict(mutable=True)
    query.update(given | {"columns": name, "size": "50", "evil": "1"})
    saved = client.post(reverse(f"{listing.page}-view-save"), {"name": "我的", "query": query.urlencode()})
    view = SavedView.objects.get(user=scene.people[who])
    assert "evil" not in view.query and f"columns={name}" in view.query
    assert saved.status_code == 302 and saved.url == f"{reverse(listing.page)}?{view.query}"
    page = client.get(saved.url)
    assert [one for one, _label, on in page.context["columns"] if on] == [name] and "我的" in page.content.decode()
    other = next(one for one in ("planner", "zone", "admin") if one != who)
    delete = reverse(f"{listing.page}-view-delete", args=[view.pk])
    assert scene.client(other).post(delete).status_code in (403, 404) and SavedView.objects.filter(pk=view.pk).exists()
    assert client.post(delete).status_code == 302 and not SavedView.objects.filter(pk=view.pk).exists()


@EVERY
def test_strangers_sign_in_and_neighbours_see_their_own(scene: Scene, code: str) -> None:
    listing, given = LISTS[code], WHERE.get(code, {})
    for name in (listing.page, listing.excel):
        response = Client().get(reverse(name))
        assert response.status_code == 302 and "login" in response.url
    neighbour = scene.client("neighbour")
    response = neighbour.get(reverse(listing.page), given)
    if response.status_code == 403:
        assert neighbour.get(reverse(listing.excel), given).status_code == 403
        return
    rows = rows_of(scene, listing, "neighbour", given)
    model = next((type(row) for row in rows if hasattr(type(row), "area_lookup")), None)
    for row in rows:
        held = getattr(row, "case", row) if model is None else row
        if has_place(type(held)) and not isinstance(held, Area) and (path := path_of(held)):
            assert path.startswith(scene.people["neighbour"].home_path), (code, held)
    text = response.content.decode()
    assert "企业Z1" not in text


def test_what_is_simulated_is_marked(scene: Scene) -> None:
    WasteEntry.objects.filter(pk=scene.made["Z1", WasteEntry][0].pk).update(simulated=True)
    text = scene.client("zone").get("/environment/waste?year=2026").content.decode()
    assert text.count(str(simulated_mark(True))) == 1 and 'class="qq-ribbon"' in text


def test_more_rows_than_a_spreadsheet_is_good_for_are_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qiangqu.ui.lists.pages.MAX_EXPORT", 2)
    answer = scene.client("zone").get("/environment/waste/export/?year=2026")
    assert answer.status_code == 422 and "超过 2 行" in answer.content.decode()


def test_what_lies_beyond_the_bound_is_said(scene: Scene) -> None:
    import dataclasses

    small = dataclasses.replace(LISTS["environment-waste"], most=2)
    found = engine.answer(small, asked(scene, "zone", {"year": "2026"}))
    assert found.paging.count == 2 and found.paging.more and len(found.rows) == 2


def test_codes_of_lists_are_ones_own() -> None:
    assert len({one.page for one in declared()}) == len(declared()) > 30
    assert ImportJob and Meeting and Exceedance  # their lists are among them
    assert {
        "environment-exceedances",
        "environment-waste",
        "documents",
        "documents-archive",
        "documents-inbox",
        "meetings",
        "cases",
        "alarms",
        "plan-supervision",
    } <= set(LISTS)
    assert {"facts-returns", "indicators", "telemetry-overview"} <= set(LISTS)
    assert {"telemetry-health", "telemetry-quarantine", "audit", "organisations", "facts-batches"} <= set(LISTS)
