import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import ConflictError, InputError, QiangquError
from qiangqu.plan import documents
from qiangqu.plan.models import CompiledItem, Decision, ItemKind, Measure, PlanDocument, Target
from qiangqu.registry.models import Area, AuditEntry

pytestmark = pytest.mark.django_db
TEXT = """海澜省人民政府关于推进蓝色制造的意见
海政发〔2031〕2号
一、主要目标
到2033年，船舶产值达到150亿元以上，力争蓝色产业比重达到40%，深海装备产值达到20亿元。
二、重点任务
1. 壮大船舶工业。每年新开项目130个以上。（责任单位：省工业厅，东湾市人民政府，无此单位局）
2. 建设创新平台。重点实验室达到5家。（责任单位：海澜省科技厅）
"""


@pytest.fixture
def document(tiny, people) -> PlanDocument:
    return documents.import_bytes(TEXT.encode(), "意见.txt", area=tiny.area, user=people["planner"])


def item(document: PlanDocument, name: str) -> CompiledItem:
    return next(one for one in document.items.all() if name in str(one))


def test_import_keeps_text_spans_and_what_was_found(document) -> None:
    assert document.title == "海澜省人民政府关于推进蓝色制造的意见" and document.number == "海政发〔2031〕2号"
    ship = item(document, "船舶产值")
    assert ship.found["value"] == 150 and "150亿元" in document.text[ship.start : ship.end]
    assert ship.decision == Decision.PENDING and 0 < ship.confidence <= 1
    assert {one.kind for one in document.items.all()} == {"target", "task"}
    assert AuditEntry.objects.filter(action="plan_document_imported").count() == 1


def test_service_standards_are_shown_and_not_counted_as_targets(tiny, people) -> None:
    from qiangqu.plan.queries import documents_in

    text = TEXT + "到2033年，为每名船员每年免费提供2次体检、1次技能培训，新建船员之家30个。\n"
    document = documents.import_bytes(text.encode(), "服务.txt", area=tiny.area, user=people["planner"])
    standards = [one for one in document.items.all() if one.is_standard]
    assert [(str(one), one.found["value"], one.target, one.kind) for one in standards] == [
        ("体检", 2, None, "target"),
        ("技能培训", 1, None, "target"),
    ]
    assert all(one.unsure and "服务标准" in one.reason for one in standards)
    targets = [one for one in document.items.all() if one.kind == ItemKind.TARGET and not one.is_standard]
    assert "船员之家" in {str(one) for one in targets}
    assert documents_in(people["planner"], None).get(pk=document.pk).targets == len(targets)


def test_same_file_again_is_the_stored_document(document, tiny) -> None:
    assert documents.import_bytes(TEXT.encode(), "别名.txt", area=tiny.area, user=None) == document
    assert PlanDocument.objects.count() == 1


def test_existing_targets_are_proposed(document) -> None:
    assert item(document, "船舶产值").target.code == "A1"
    assert item(document, "蓝色产业比重").target.code == "A4"
    assert item(document, "深海装备").target is None


def test_correcting_one_target_changes_the_plan_and_nothing_else(document, people) -> None:
    user = people["planner"]
    ship = item(document, "船舶产值")
    documents.decide(ship, "corrected", user=user, corrected=ship.found | {"value": 160, "comparator": ">"})
    documents.decide(item(document, "蓝色产业比重"), "accepted", user=user)
    result = documents.apply(document, user=user)
    assert result.changed == ["A1"] and result.created == [] and result.unchanged == 1
    target = Target.objects.get(code="A1")
    assert (target.value, target.comparator, target.name, target.base) == (160.0, ">", "船舶产值", 100.0)
    assert target.history.count() == 2 and "150亿元" in target.text
    ship.refresh_from_db()
    assert ship.found["value"] == 150 and ship.corrected["value"] == 160.0
    trail = AuditEntry.objects.get(action="target_changed")
    assert trail.detail["changes"]["value"] == [133.1, 160.0] and trail.user == user
    assert documents.apply(document, user=user).changed == []


def test_accepted_new_target_is_made_and_measures_get_their_units(document, people) -> None:
    user = people["planner"]
    for one in document.items.all():
        documents.decide(one, "accepted", user=user)
    result = documents.apply(document, user=user)
    new = Target.objects.get(code__startswith="N-00-")
    assert (
        new.name == "深海装备产值"
        and new.unit == "亿元"
        and new.kind == "level"
        and new.base is None
        and new.base_reason
    )
    assert result.unknown_units == ["无此单位局"]
    assert Measure.objects.get(no=1).responsibilities.count() == 3  # the pack's units stay


def test_rejected_items_stay_out(document, people) -> None:
    for one in document.items.all():
        documents.decide(one, "rejected", user=people["planner"])
    result = documents.apply(document, user=people["planner"])
    assert result.created == result.changed == [] and Target.objects.get(code="A1").value == 133.1


def test_units_are_converted_or_the_item_is_left_out_by_name(document, people) -> None:
    user = people["planner"]
    ship, share = item(document, "船舶产值"), item(document, "蓝色产业比重")
    documents.decide(ship, "corrected", user=user, corrected=ship.found | {"value": 1_600_000, "unit": "万元"})
    documents.decide(share, "corrected", user=user, corrected=share.found | {"unit": "万吨"})
    result = documents.apply(document, user=user)
    assert Target.objects.get(code="A1").value == pytest.approx(160.0)
    assert len(result.left) == 1 and "蓝色产业比重" in result.left[0]


def test_text_without_a_value_does_not_take_an_assigned_one_away(document, people) -> None:
    user = people["planner"]
    share = item(document, "蓝色产业比重")
    documents.decide(share, "corrected", user=user, corrected=share.found | {"value": None})
    documents.apply(document, user=user)
    assert Target.objects.get(code="A4").value == 40.0


def test_adding_what_the_compiler_missed(document, people) -> None:
    user = people["planner"]
    data = {"indicator": "船员数", "value": "3", "unit": "万人", "year": 2033, "kind": "level", "measure": 1}
    added = documents.add_item(document, ItemKind.TARGET, data, 5, 12, user=user)
    assert added.decision == Decision.ADDED and added.found == {} and added.data["value"] == 3.0
    documents.decide(added, "corrected", user=user, corrected=data | {"value": "4"})
    added.refresh_from_db()
    assert added.decision == Decision.ADDED and added.data["value"] == 4.0
    documents.apply(document, user=user)
    assert Target.objects.get(name="船员数").measure.no == 1


@pytest.mark.one_database  # refused before anything is asked
@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"indicator": ""}, "指标"),
        ({"indicator": "长" * 121}, "指标"),
        ({"comparator": "=>"}, "比较"),
        ({"value": "many"}, "目标值"),
        ({"value": "nan"}, "目标值"),
        ({"value": "1e999"}, "目标值"),
        ({"value": 5, "value_max": 4}, "上限"),
        ({"year": "2033.5"}, "目标年"),
        ({"year": None}, "目标年"),
        ({"kind": "x"}, "类型"),
        ({"effort": "x"}, "力度"),
        ({"measure": -1}, "举措"),
    ],
)
def test_wrong_corrections_name_the_field_and_change_nothing(document, people, change, where) -> None:
    ship = item(document, "船舶产值")
    with pytest.raises(InputError) as caught:
        documents.decide(ship, "corrected", user=people["planner"], corrected=ship.found | change)
    assert caught.value.where == where
    ship.refresh_from_db()
    assert ship.decision == Decision.PENDING and ship.corrected is None


def test_span_outside_the_text_is_refused(document, people) -> None:
    with pytest.raises(InputError, match="正文"):
        documents.add_item(document, "task", {"no": 3, "title": "甲"}, 0, 10**9, user=people["planner"])


def test_document_without_a_plan_makes_one(people, db) -> None:
    from qiangqu.plan.models import Plan

    Target.objects.all().delete()
    Plan.objects.all().delete()
    area = Area.objects.get(code="990000")
    document = documents.import_bytes(TEXT.encode(), "意见.txt", area=area, user=people["planner"])
    with pytest.raises(ConflictError):
        documents.apply(document, user=people["planner"])
    with pytest.raises(InputError):
        documents.make_plan(document, 2033, 2031, 2030, user=people["planner"])
    plan = documents.make_plan(document, 2030, 2031, 2033, user=people["planner"])
    for one in document.items.all():
        documents.decide(one, "accepted", user=people["planner"])
    result = documents.apply(document, user=people["planner"])
    assert len(result.created) == 5 and plan.measures.count() == 2
    ship = Target.objects.get(plan=plan, name="船舶产值")
    assert ship.indicator_code == "ship_output" and ship.path == "compound"
    yearly = Target.objects.get(plan=plan, kind="yearly")
    assert yearly.path == "yearly" and yearly.value == 130
    lead = Measure.objects.get(plan=plan, no=1).responsibilities.get(role="lead")
    assert lead.organisation.code == "H-IND"


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02\x03" * 100, b"%PDF-1.4 broken", b"PK\x03\x04", b"x" * (11 * 1024 * 1024)]
)
@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a.exe", "a"])
def test_bad_documents_leave_nothing(tiny, data, name) -> None:
    if name == "a.txt" and data.startswith((b"%PDF", b"PK")):
        pytest.skip("readable as text")
    with pytest.raises(QiangquError):
        documents.import_bytes(data, name, area=tiny.area, user=None)
    assert PlanDocument.objects.count() == 0


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
fields = st.sampled_from(
    [
        "indicator",
        "comparator",
        "value",
        "value_max",
        "unit",
        "year",
        "kind",
        "effort",
        "measure",
        "no",
        "title",
        "units",
        "section",
    ]
)


@pytest.mark.one_database  # it computes
@given(data=st.dictionaries(fields, anything, max_size=10))
@settings(max_examples=200, deadline=None)
def test_any_correction_is_clean_or_refused(data) -> None:
    for clean in (documents.clean_target, documents.clean_task):
        try:
            clean(data)
        except InputError as error:
            assert error.message
