"""A value for each enterprise, project or parcel: computed as for areas, kept current, opened, ranked, seen
by whom it concerns.
"""

import datetime as dt
import random
import re
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client
from openpyxl import load_workbook

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import from_key, parse_period
from qiangqu.facts.models import BatchKind
from qiangqu.facts.store import ingest
from qiangqu.formulas import ranking, record_values
from qiangqu.formulas.check import check_formula
from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.explain import explain, rows_at
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.formulas.refresh import refresh
from qiangqu.registry.models import Parcel, Project, ProjectKind, Recognition, RecognitionKind, User
from qiangqu.registry.subjects import ORGANISATION, PARCEL, PROJECT

from .test_history import change
from .world import ALWAYS, TODAY, World, build

pytestmark = pytest.mark.django_db
PER = "total(output) / total(jobs)"


@pytest.fixture
def world() -> World:
    return build()


def define(code: str, formula: str, unit: str, subject: str = "organisation", **more: Any) -> Indicator:
    given = {"name": f"指标{code}", "unit": unit, "formula": formula, "subject": subject, **more}
    return Indicator.objects.update_or_create(code=code, defaults=given)[0]


def stored(one: Indicator, period: str) -> dict[str, tuple[float | None, bool, str]]:
    """Value, mark and reason by code of the record."""
    rows = ranking.ranked(one, parse_period(period), None)
    return {row.code: (row.value, row.simulated, row.reason) for row in rows}


def about(subject: Any, rows: list[tuple[str, int, str, float]], world: World, simulated: bool = False) -> None:
    """Facts ``(element, id of the record, period, value)`` about records of any register."""
    table = pa.table(
        {
            "element": [world.elements[element].pk for element, *_ in rows],
            "subject_kind": [subject.number] * len(rows),
            "subject_id": [pk for _e, pk, *_ in rows],
            "period_key": [parse_period(period).key for *_, period, _v in rows],
            "value": [value for *_, value in rows],
            "row": list(range(1, len(rows) + 1)),
        }
    )
    ingest(table, key=f"{subject.code}-{rows[0]}", kind=BatchKind.IMPORT, simulated=simulated, file_name="记录.csv")


def test_each_enterprise_has_its_own_value(world: World) -> None:
    per = define("per", PER, "亿元/人", decimals=3)
    world.facts([("output", "E1", "2024-03", 10.0), ("jobs", "E1", "2024-03", 4.0), ("output", "E2", "2024-03", 9.0)])
    world.facts([("output", "E4", "2024-03", 3.0), ("jobs", "E4", "2024-03", 3.0), ("jobs", "E6", "2024-03", 0.0)])
    world.facts([("output", "E6", "2024-03", 5.0), ("gdp", "C1", "2024-03", 1.0)])
    refresh(today=TODAY)
    assert stored(per, "2024-03") == {
        "E1": (2.5, False, ""),
        "E4": (1.0, False, ""),
        "E6": (None, False, "2024年3月的除数为零"),
    }
    assert not IndicatorValue.objects.exists()
    values = evaluate(["per"], ["E1", "E2"], ["2024-03"], today=TODAY)
    assert [(v.area, v.value, v.reason) for v in values] == [
        ("E1", 2.5, ""), ("E2", None, "缺少“从业人员上报数之和”2024年3月的数据"),
    ]  # fmt: skip
    # other periods, and the level of the quarter's end
    world.facts([("output", "E1", m, 10.0) for m in ("2024-01", "2024-02")])
    refresh(today=TODAY)
    assert stored(per, "2024Q1")["E1"] == (7.5, False, "")


def test_functions_of_areas_and_indicators_of_other_subjects_are_refused(world: World) -> None:
    define("per", PER, "亿元/人")
    for formula in (
        "official(output)",
        "total(output) / parent(total(output))",
        "areas_where(total(output) > 1, 'zone')",
    ):
        with pytest.raises(InputError, match="只有区域才有；这个指标逐个单位取值"):
            check_formula(formula, unit="亿元", subject="organisation")
    with pytest.raises(InputError, match="“指标per”逐个单位取值，不能用在逐个区域取值的公式里"):
        check_formula("indicator(per)", unit="亿元/人")
    assert check_formula("indicator(per) * 2", unit="亿元/人", subject="organisation").words == "指标per × 2"
    with pytest.raises(InputError, match="没有取值对象“ship”；可用 area、organisation"):
        check_formula("total(output)", unit="亿元", subject="ship")
    # nobody publishes figures of single enterprises: the best that there is is what it reports
    assert check_formula("best(output)", unit="亿元", subject="organisation").words == "产值上报数之和"
    define("sum", "total(output)", "亿元", "area")
    with pytest.raises(InputError, match="取值对象不同"):
        evaluate(["per", "sum"], today=TODAY)
    with pytest.raises(InputError, match="按区域取值"):
        ranking.period_of(Indicator.objects.get(code="sum"), "")


def test_registers_and_what_an_enterprise_owns_count_for_it(world: World) -> None:
    e, a = world.organisations, world.areas
    kind = ProjectKind.objects.get(code="renewal")
    project = Project.objects.create(
        code="P1",
        name="一",
        area=a["Z2"],
        kind=kind,
        owner=e["E1"],
        stage="started",
        valid_from=ALWAYS,
        started_on=dt.date(2024, 2, 1),
    )
    Project.objects.create(
        code="P2", name="二", area=a["Z1"], kind=kind, owner=e["E3"], stage="reserve", valid_from=ALWAYS
    )
    parcel = Parcel.objects.create(
        code="D1", area=a["Z1"], holder=e["E1"], land_area=20, use="工业", status="built", valid_from=ALWAYS
    )
    Recognition.objects.create(
        kind=RecognitionKind.objects.get(code="green"), holder=e["E3"], valid_from=dt.date(2024, 5, 1)
    )
    formulas = {
        "begun": ("projects('renewal', 'started')", "个"), "works": ("projects('renewal')", "个"), "land": ("parcels()", "亩"),
        "green": ("holders('green')", "个"), "intensity": ("total(output) / parcels()", "亿元/亩"), "listed": ("count(parcel)", "个"),
    }  # fmt: skip
    made = {code: define(code, *given) for code, given in formulas.items()}
    own = define("own", "total(output)", "亿元", "parcel")
    work = define("work", "total(output)", "亿元", "project")
    world.facts([("output", "E1", "2024", 40.0)])
    about(PARCEL, [("output", parcel.pk, "2024", 7.0)], world)
    about(PROJECT, [("output", project.pk, "2024", 9.0)], world)
    refresh(today=TODAY)
    seen = {code: {k: v[0] for k, v in stored(one, "2024").items() if v[0]} for code, one in made.items()}
    assert seen == {
        "begun": {"E1": 1}, "works": {"E1": 1, "E3": 1}, "land": {"E1": 20}, "green": {"E3": 1}, "intensity": {"E1": 2}, "listed": {"E1": 1},
    }  # fmt: skip
    assert stored(own, "2024") == {"D1": (7, False, "")}
    assert stored(work, "2024") == {"P1": (9, False, "")}
    # another holder from 2025 on: earlier periods keep the earlier one
    change(parcel, dt.date(2025, 1, 1), holder=e["E4"])
    world.facts([("output", "E4", "2025", 60.0), ("output", "E1", "2025", 60.0)])
    refresh(today=TODAY)
    assert stored(made["intensity"], "2024")["E1"][0] == 2
    assert stored(made["intensity"], "2025")["E4"][0] == 3
    assert stored(made["intensity"], "2025").get("E1", (None,))[0] is None


def test_conditions_are_asked_of_what_the_enterprise_was_then(world: World) -> None:
    big = define("big", "total(output, scale = 'above')", "亿元")
    world.facts([("output", "E1", p, 5.0) for p in ("2024-01", "2024-02")])
    change(world.organisations["E1"], dt.date(2024, 2, 1), scale="small", area=world.areas["Z3"])
    refresh(today=TODAY)
    assert (stored(big, "2024-01")["E1"][0], stored(big, "2024-02")["E1"][0]) == (5, 0)


def test_real_or_simulated_is_chosen_once_for_a_record(world: World) -> None:
    per = define("per", PER, "亿元/人")
    world.facts([("output", "E1", "2024", 10.0), ("output", "E2", "2024", 10.0), ("jobs", "E2", "2024", 5.0)])
    world.facts([("output", "E1", "2024", 80.0), ("jobs", "E1", "2024", 4.0)], simulated=True)
    refresh(today=TODAY)
    assert stored(per, "2024") == {"E1": (20, True, ""), "E2": (2, False, "")}
    opened = explain("per", "E1", "2024", today=TODAY)
    assert (opened.cell.value, opened.cell.simulated, opened.area_name, opened.subject) == (
        20,
        True,
        "E1",
        "organisation",
    )
    assert opened.choice_words.startswith("真实数据不足")


def test_a_value_opens_down_to_its_facts(world: World) -> None:
    define("per", PER, "亿元/人")
    world.facts(
        [("output", "E1", f"2024-{m:02d}", float(m)) for m in range(1, 13)] + [("output", "E3", "2024-01", 99.0)]
    )
    world.facts([("jobs", "E1", "2024-12", 6.0)])
    found = explain("per", "E1", "2024", today=TODAY)
    assert (found.cell.value, found.contributions) == (13, ())
    assert [(r.kind, r.code, r.value, r.area) for r in found.rows.rows] == [("subject", "E1", 78, "Z1")]
    row = found.rows.rows[0]
    facts = rows_at("per", found.rows_node, "E1", "2024", subject=(row.subject_kind, row.id))
    assert [(f.period, f.value) for f in facts.rows][:2] == [("2024-01", 1.0), ("2024-02", 2.0)]
    assert facts.rows[0].batch["file"] == "测试.csv" and facts.rows[0].area == "Z1"
    define("land", "count(parcel)", "个")
    Parcel.objects.create(
        code="D1",
        area=world.areas["Z2"],
        holder=world.organisations["E1"],
        land_area=20,
        use="工业",
        status="built",
        valid_from=ALWAYS,
    )
    Parcel.objects.create(
        code="D2", area=world.areas["Z2"], land_area=20, use="工业", status="built", valid_from=ALWAYS
    )
    counted = explain("land", "E1", "2024", today=TODAY)
    assert (counted.cell.value, [r.code for r in counted.rows.rows]) == (1, ["D1"])
    with pytest.raises(NotFoundError):
        explain("per", "NOBODY", "2024")


def test_what_is_kept_current_is_what_a_full_computation_gives(world: World) -> None:
    chance = random.Random(7)
    ones = [
        define("per", PER, "亿元/人"), define("growth", "yoy(total(output))", "%"),
        define("gone", "since(total(output), 2023)", "亿元"), define("before", "lag(total(output), 1)", "亿元"),
    ]  # fmt: skip

    def everything() -> dict[str, Any]:
        periods = ("2023", "2024", "2024-03", "2024-01/2024-03", "2024Q1", "2025-03")
        return {f"{one.code} {p}": stored(one, p) for one in ones for p in periods}

    for step in range(4):
        rows = [
            (
                element,
                who,
                f"{chance.choice((2023, 2024, 2025))}-{chance.randint(1, 4):02d}",
                float(chance.randint(0, 9)),
            )
            for element in ("output", "jobs")
            for who in chance.sample(["E1", "E2", "E3", "E4", "E5"], 3)
        ]
        world.facts([*dict.fromkeys(rows)], simulated=step == 2)
        if step == 1:
            change(world.organisations["E2"], dt.date(2024, 2, 1), scale="above")
        refresh(today=TODAY)
        kept = everything()
        done = refresh([one.code for one in ones], today=TODAY)
        assert everything() == kept and done.written == 0
    files = {segment.pk for segment in record_values.live(record_values.DATASET)}
    world.facts([("output", "E1", "2025-06", 3.0)])
    refresh(today=TODAY)
    fresh = [s for s in record_values.live(record_values.DATASET) if s.pk not in files]
    # a month's report writes the files of the periods that it can change, and no others
    periods = [from_key(int(s.group.partition("-")[2])) for s in fresh]
    assert periods and all(period.end >= dt.date(2025, 6, 30) for period in periods)


def test_values_go_with_their_indicator(world: World) -> None:
    one, other = define("per", PER, "亿元/人"), define("sum", "total(output)", "亿元")
    world.facts([("output", "E1", "2024", 10.0), ("jobs", "E1", "2024", 5.0)])
    refresh(today=TODAY)
    assert stored(one, "2024") and stored(other, "2024")
    Indicator.objects.filter(pk=one.pk).update(formula="total(nothing)")
    refresh(today=TODAY)
    assert not stored(one, "2024") and stored(other, "2024")
    Indicator.objects.filter(pk=other.pk).update(subject="area")
    refresh(today=TODAY)
    assert record_values.latest_of_record(ORGANISATION, world.organisations["E1"].pk, [one.pk, other.pk]) == {}
    assert IndicatorValue.objects.filter(indicator=other, value=10).exists()


def test_the_latest_value_of_a_record_is_looked_for_where_the_catalogue_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, none = (
        define("a", "total(output)", "亿元"),
        define("b", "total(jobs)", "人"),
        define("c", PER, "亿元/人"),
    )
    world.facts([("output", "E1", "2023-12", 10.0), ("output", "E2", "2024-05", 11.0)])
    world.facts([("output", "E1", "2024-03", 12.0), ("jobs", "E1", "2022-05", 5.0)], simulated=True)
    refresh(today=TODAY)
    asked, opened = [one.pk, other.pk, none.pk], []
    read = record_values._read

    def counted(segments: Any, where: str) -> Any:
        opened.extend(segments)
        return read(segments, where)

    monkeypatch.setattr(record_values, "_read", counted)

    def latest(firm: str) -> dict[int, tuple[float | None, str, bool]]:
        found = record_values.latest_of_record(ORGANISATION, world.organisations[firm].pk, asked)
        return {pk: (v.value, v.period.code, v.simulated) for pk, v in found.items()}

    # real before simulated, which is later; of what ends last the longest
    expected = {one.pk: (10.0, "2023-12", False), other.pk: (5.0, "2022-01/2022-05", True)}
    assert latest("E1") == expected
    assert latest("E2") == {one.pk: (11.0, "2024-05", False)}
    assert latest("E3") == {}
    everything = record_values.live(record_values.DATASET)
    # files that do not say which values are real are asked nevertheless
    for segment in everything:
        del segment.info["real"]
        segment.save(update_fields=["info"])
    assert latest("E1") == expected
    opened.clear()
    asked[:] = [none.pk]
    assert latest("E1") == {} and not opened


@pytest.fixture
def people(world: World) -> dict[str, Client]:
    made = {}
    posts = (("planner", "planner", "R"), ("city", "zone", "C1"), ("other", "zone", "C2"))
    for name, role, area in posts:
        made[name] = Client()
        made[name].force_login(User.objects.create_user(name, password="x", role=role, area=world.areas[area]))
    firm = User.objects.create_user("firm", password="x", role="enterprise", organisation=world.organisations["E1"])
    made["firm"] = Client()
    made["firm"].force_login(firm)
    return made


def test_the_list_ranks_what_the_viewer_sees(world: World, people: dict[str, Client]) -> None:
    define("per", PER, "亿元/人", decimals=2)
    define("waste", "total(weight)", "万吨", direction="down")
    facts = {"E1": (10.0, 4.0), "E3": (9.0, 3.0), "E4": (50.0, 10.0), "E5": (5.0, 2.0)}
    world.facts(
        [("output", who, "2024", o) for who, (o, _j) in facts.items()]
        + [("jobs", who, "2024", j) for who, (_o, j) in facts.items()]
    )
    world.facts([("weight", "E1", "2024", 3.0), ("weight", "E3", "2024", 1.0)], simulated=True)
    refresh(today=TODAY)
    client = people["planner"]
    assert client.get("/indicators/per").headers["Location"] == "/indicators/records?indicator=per"
    page = client.get("/indicators/records", {"indicator": "per"})
    assert [(row.code, row.place) for row in page.context["rows"]] == [("E4", 1), ("E3", 2), ("E1", 3), ("E5", 3)]
    assert "total(output) / total(jobs)" in page.content.decode()
    worst = client.get("/indicators/records", {"indicator": "per", "sort": "-place"})
    assert next(iter(worst.context["rows"])).place == 3
    for one in Indicator.objects.exclude(subject="area"):
        opened = ranking.ranked(one, ranking.period_of(one, ""), None)
        assert any(row.value is not None for row in opened), one.code
        page = client.get("/indicators/records", {"indicator": one.code})
        assert any(row.value is not None for row in page.context["rows"]), one.code
        # what the list shows is what its choice of periods says
        assert page.context["period"].label in re.findall(r"<option[^>]* selected[^>]*>([^<]+)", page.content.decode())
    best = client.get("/indicators/records", {"indicator": "waste", "period": "2024"})
    assert [(row.code, row.simulated) for row in best.context["rows"]] == [("E3", True), ("E1", True)]
    found = client.get("/indicators/records", {"indicator": "per", "q": "E4"})
    assert [row.code for row in found.context["rows"]] == ["E4"]
    book = load_workbook(BytesIO(client.get("/indicators/records/export/", {"indicator": "per"}).getvalue())).active
    assert [row[:2] for row in book.iter_rows(min_row=2, values_only=True)] == [
        (1, "E4"),
        (2, "E3"),
        (3, "E1"),
        (3, "E5"),
    ]
    for name, codes in (("city", ["E3", "E1"]), ("other", ["E4"])):
        page = people[name].get("/indicators/records", {"indicator": "per"})
        assert [row.code for row in page.context["rows"]] == codes
        data = people[name].get("/api/v1/indicators/per/records", {"period": "2024"}).json()
        assert [(i["record"], i["place"]) for i in data["items"]] == [(code, at) for at, code in enumerate(codes, 1)]
        for code in facts:
            status = people[name].get("/indicators/per/explain", {"record": code, "period": "2024"}).status_code
            assert (status == 200) == (code in codes)
            status = people[name].get("/api/v1/indicators/per/explain", {"record": code, "period": "2024"}).status_code
            assert (status == 200) == (code in codes)
    assert people["firm"].get("/indicators/records", {"indicator": "per"}).status_code == 403
    assert people["firm"].get("/api/v1/indicators/per/records").status_code == 403
    assert client.get("/api/v1/indicators/waste/records", {"period": "x"}).status_code == 422


def test_a_record_shows_its_values_and_opens_them(world: World, people: dict[str, Client]) -> None:
    define("per", PER, "亿元/人", decimals=2)
    world.facts([("output", "E1", "2024", 10.0), ("jobs", "E1", "2024", 4.0)])
    refresh(today=TODAY)
    pk = world.organisations["E1"].pk
    text = people["city"].get(f"/organisations/{pk}/").content.decode()
    assert "指标per" in text and "/indicators/per/explain?record=E1&amp;period=2024" in text
    opened = people["city"].get("/indicators/per/explain", {"record": "E1", "period": "2024"})
    assert opened.status_code == 200 and "2.5" in opened.content.decode()
    assert "指标per" not in people["firm"].get(f"/organisations/{pk}/").content.decode()
