"""A new edition in the browser: faults at their fields, whom it would move, in force from a day, the old one as it was."""

import datetime as dt
from typing import Any

import pytest

from qiangqu.base.packs import Pack
from qiangqu.formulas.tests.world import World
from qiangqu.registry.models import AuditEntry, Role
from qiangqu.schemes import editing, queries
from qiangqu.schemes.evaluate import NO, YES
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.models import Edition
from qiangqu.schemes.pack import read
from qiangqu.schemes.reading import of_data
from qiangqu.schemes.tests.test_pages import DAY, NINGXIA, answer, signed_in, states, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
NEW = {"edition": "2", "effective": DAY.isoformat(), "document": "新办法", "number": "新1号", "reason": "降低门槛"}


def form(scheme: Scheme, **changed: str) -> dict[str, str]:
    """What the page's form sends when only ``changed`` is changed."""
    sent = dict(NEW)
    for _title, lines in editing.lines(scheme):
        for line in lines:
            for one in (*line.fields, *(one for row in line.bands for one in row)):
                sent[one.name] = one.value
    return sent | changed


def test_every_edition_of_the_pack_comes_through_the_form_as_it_was() -> None:
    for scheme in read(Pack(NINGXIA))[0].values():
        data = scheme.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
        draft = editing.Draft(scheme)
        sent = form(scheme)
        for _title, lines in editing.lines(scheme):
            for line in lines:
                for one in line.fields:
                    editing._put(data, one, sent[one.name], draft)
                if line.bands:
                    editing._put_bands(data, line.bands, sent, draft)
        made, faults = of_data(data)
        assert (made, faults, draft.wrong) == (scheme, [], {}), scheme.code


def test_a_lower_gate_shows_whom_it_moves_and_is_then_in_force(world: World) -> None:
    answer(world, "A", 1)
    answer(world, "B", 1)
    old = queries.scheme_on("firm", DAY)
    planner = signed_in(Role.PLANNER, area=world.areas["R"])
    assert "/schemes/firm/edit" in planner.get("/schemes/firm").text
    page = planner.get("/schemes/firm/edit").text
    assert 'name="f.gates.0.than"' in page and 'value="20000"' in page
    sent = form(old, **{"f.gates.0.than": "15000", "f.pass.any.0.than": "40"})
    shown = planner.post("/schemes/firm/edit", sent)
    assert shown.status_code == 200
    assert "新增符合 1 个" in shown.text and "不再符合 0 个" in shown.text
    assert Edition.objects.filter(code="firm").count() == 1
    assert states(world)["B"] == NO
    for refused in (sent | {"reason": ""}, sent | {"edition": "1"}):
        assert planner.post("/schemes/firm/edit", refused | {"act": "put"}).status_code == 422
    put = planner.post("/schemes/firm/edit", sent | {"act": "put"})
    assert put.status_code == 302, put.text.split('role="alert">')[1][:80]
    assert states(world)["B"] == YES
    # the old edition is as it was, up to the day before
    first = Edition.objects.get(code="firm", edition="1")
    assert first.until == DAY - dt.timedelta(days=1)
    assert states(world, DAY - dt.timedelta(days=1))["B"] == NO
    assert first.scheme.gates == old.gates
    entry = AuditEntry.objects.get(action="scheme_edition_made")
    assert entry.detail["changed"]["gates.0.than"] == ["20000", "15000"]
    assert planner.post("/schemes/firm/edit?edition=1", sent | {"edition": "3", "act": "put"}).status_code == 422


@pytest.mark.parametrize(
    ("changed", "at", "said"),
    [
        ({"f.criteria.0.points": "50"}, "f.criteria", "各部分满分合计 90"),
        ({"f.criteria.0.points": "many"}, "f.criteria.0.points", "应为数字"),
        ({"f.gates.0.than": ""}, "f.gates.0.than", "请填写数字"),
        ({"f.criteria.1.peers.bands.1.min": "3"}, "f.criteria.1.peers.bands.1", "空档"),
        ({"f.criteria.1.peers.bands.0.max": "5"}, "f.criteria.1.peers.bands.1", "重叠"),
        ({"f.criteria.0.linear.full": "0"}, "f.criteria.0.linear", "相同"),
        ({"effective": "2019-01-01"}, "f.effective", "应晚于它"),
        ({"effective": "x"}, "f.effective", "施行日期"),
        ({"edition": "1"}, "f.edition", "已有这个版本"),
        ({"gate_value": "nothing", "gate_than": "3"}, "f.new_gate", "用哪个数值"),
    ],
)
def test_faults_stand_at_their_fields(world: World, changed: dict[str, str], at: str, said: str) -> None:
    old = queries.scheme_on("firm", DAY)
    draft = editing.drafted(old, form(old, **changed))
    assert draft.scheme is None
    assert said in draft.wrong[at], draft.wrong


def test_gates_are_taken_out_and_added_and_bands_too(world: World) -> None:
    old = queries.scheme_on("firm", DAY)
    more: dict[str, Any] = {
        "drop.1": "1", "gate_value": "per", "gate_op": ">=", "gate_than": "100",
        "f.criteria.1.peers.bands.1.max": "5", "f.criteria.1.peers.bands.2.min": "5", "f.criteria.1.peers.bands.2.points": "1",
    }  # fmt: skip
    draft = editing.drafted(old, form(old, **more))
    assert draft.wrong == {} and draft.scheme is not None
    assert [one.title for one in draft.scheme.gates] == ["产值不低于2亿元", "人均产值 ≥ 100 万元/人"]
    peers = draft.scheme.criteria[1].peers
    assert peers is not None and [band.points for band in peers.bands] == [40, 10, 1]
    # a fault of the gate that was added stands where it is asked for
    wrong = editing.drafted(old, form(old, **more) | {"gate_value": "clean", "gate_op": "<", "gate_than": "x"})
    assert "f.new_gate" in wrong.wrong


def test_only_who_answers_for_all_may_edit(world: World) -> None:
    for role, post, status in (
        (Role.PLANNER, {"area": world.areas["C1"]}, 403), (Role.ZONE, {"area": world.areas["Z1"]}, 403),
        (Role.ENTERPRISE, {"organisation": world.organisations["A"]}, 403), (Role.PLANNER, {"area": world.areas["R"]}, 200),
    ):  # fmt: skip
        client = signed_in(role, **post)
        assert client.get("/schemes/firm/edit").status_code == status
        assert client.post("/schemes/firm/edit", NEW | {"act": "put"}).status_code in (
            403,
            422,
            302 if status == 200 else 403,
        )
    assert signed_in(Role.PLANNER, area=world.areas["R"]).get("/schemes/%00/edit").status_code == 404


def test_an_edition_made_here_outlasts_the_pack(world: World) -> None:
    from qiangqu.schemes.pack import closing

    old = queries.scheme_on("firm", DAY)
    draft = editing.drafted(old, form(old))
    assert draft.scheme is not None
    ended = closing(old, draft.scheme)
    assert ended.document.expires == DAY - dt.timedelta(days=1)
    assert closing(draft.scheme, old) is draft.scheme
    assert closing(ended, draft.scheme) is ended
