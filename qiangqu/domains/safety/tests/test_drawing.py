"""A draw from its preparation to its publishing, and every way of steering it that must not work."""

import datetime as dt
import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.base import draw as qd1
from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import visible
from qiangqu.domains.safety import drawing, periodic, rosters, sources, visiting
from qiangqu.domains.safety.models.inspections import Draw, InspectionSubject, Inspector, Visit, VisitMember
from qiangqu.domains.safety.queries import document_of, mine
from qiangqu.domains.safety.terms import Outcome
from qiangqu.domains.safety.verifying import verify_draw
from qiangqu.messaging.models import Message
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories

from .conftest import drafted, drawn, later, opened

ROUND = 657413
SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
VALUE = "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def finish(draw: Draw, user: Any) -> None:
    """Enter every result and publish."""
    for visit in draw.visits.filter(replaced_because=""):
        visiting.enter(visit, user, Outcome.NONE, timezone.localdate())
    drawing.publish(draw, user)
    draw.refresh_from_db()


def test_the_whole_way(world: dict[str, Any], tmp_path: Any) -> None:
    people = world["people"]
    draw = drafted(world)
    assert draw.number.endswith("-0001") and draw.commit == ""
    drawing.commit(draw, people["planner"])
    draw.refresh_from_db()
    (entry,) = entries("draw_committed")
    assert entry.detail["commit"] == draw.commit and draw.nonce not in json.dumps(entry.detail)
    assert draw.subjects_file.count("\n") == 15 and f"P02>{world['firms'][0].code}\n" == draw.conflicts_file
    drawing.draw_now(later(draw), people["second"], " 12   34 ", "某网站公告")
    draw.refresh_from_db()
    assert (draw.public_value, draw.state) == ("12 34", "drawn") and not Visit.objects.exists()
    with pytest.raises(ConflictError, match="还没有到"):
        drawing.open_names(draw, people["planner"])
    later(draw, started=True)
    assert periodic.open_due(timezone.now()) == "公开 1 次抽查的名单"
    assert periodic.open_due(timezone.now()) == ""
    draw.refresh_from_db()
    found = qd1.result(rosters.inputs_of(draw))
    assert list(draw.visits.order_by("place").values_list("organisation__code", flat=True)) == found["drawn"]
    teams = {
        visit.organisation.code: list(visit.members.order_by("place").values_list("inspector__code", flat=True))
        for visit in draw.visits.all()
    }
    assert teams == found["teams"]
    with pytest.raises(ConflictError, match="5 家没有录入"):
        drawing.publish(draw, people["planner"])
    finish(draw, people["planner"])
    assert draw.state == "published"
    assert InspectionSubject.objects.filter(last_inspected=timezone.localdate()).count() == 5
    assert entries("draw_published")[0].detail["late"] is False
    file = tmp_path / "draw.json"
    file.write_bytes(Client().get(reverse("public-draw-file", args=[draw.number])).content)
    said = CliRunner().invoke(verify_draw, [str(file), "--commit", draw.commit])
    assert said.exit_code == 0 and "一致" in said.output and "没有附签名" in said.output


def test_the_nonce_is_encrypted_and_nowhere_to_be_read(world: dict[str, Any]) -> None:
    draw = drawn(world, started=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nonce FROM safety_draw")
        (kept,) = cursor.fetchone()
    assert kept.startswith("enc1:") and draw.nonce not in kept
    client = Client()
    client.force_login(world["people"]["planner"])
    for address in (
        reverse("draw", args=[draw.pk]), f"/api/v1/safety/draws/{draw.pk}", "/api/v1/safety/draws", reverse("draws"),
        reverse("public-draw", args=[draw.number]), reverse("public-draws"),
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200 and draw.nonce not in answer.content.decode()
        assert world["firms"][0].name not in answer.content.decode()
    assert client.get(reverse("draw-file", args=[draw.pk])).status_code == 404
    assert Client().get(reverse("public-draw-file", args=[draw.number])).status_code == 404


def test_a_value_that_could_be_known_is_not_committed_to(world: dict[str, Any]) -> None:
    user = world["people"]["planner"]
    draw = drafted(world)
    with pytest.raises(InputError, match="即将公布"):
        drawing.commit(later(draw), user)
    old = drafted(world, source=f"{sources.DRAND}{ROUND}")  # a round long past under a time to come
    with pytest.raises(InputError, match="第 657413 轮已公布"):
        drawing.commit(old, user)
    assert not Draw.objects.exclude(commit="").exists()


def test_a_second_draw_on_one_commitment_is_impossible(world: dict[str, Any]) -> None:
    draw = drawn(world)
    before = (draw.public_value, draw.result_hash)
    for again in (
        lambda: drawing.draw_now(draw, world["people"]["second"], "99", "某网站"),
        lambda: drawing.commit(draw, world["people"]["planner"]),
    ):
        with pytest.raises(ConflictError):
            again()
    draw.refresh_from_db()
    assert (draw.public_value, draw.result_hash) == before
    assert len(entries("draw_drawn")) == 1


@pytest.mark.parametrize("field", ["subjects_file", "inspectors_file", "conflicts_file", "rules", "source", "nonce"])
def test_what_was_sealed_and_then_changed_is_refused(world: dict[str, Any], field: str) -> None:
    draw = drafted(world)
    drawing.commit(draw, world["people"]["planner"])
    draw.refresh_from_db()
    changed: Any = {
        "subjects_file": draw.subjects_file.replace("重大", "低", 1), "inspectors_file": draw.inspectors_file.replace("P01", "P00", 1),
        "conflicts_file": "", "rules": draw.rules | {"max_load": 9}, "source": draw.source + "。", "nonce": "ab" * 32,
    }[field]  # fmt: skip
    Draw.objects.filter(pk=draw.pk).update(**{field: changed})
    with pytest.raises(ConflictError, match="在承诺之后被改过"):
        drawing.draw_now(later(draw), world["people"]["second"], "12", "某网站")
    draw.refresh_from_db()
    assert draw.state == "committed" and draw.public_value == ""


def test_a_roster_changed_after_the_commitment_is_told_and_changes_nothing(world: dict[str, Any]) -> None:
    draw = drafted(world)
    drawing.commit(draw, world["people"]["planner"])
    draw.refresh_from_db()
    InspectionSubject.objects.filter(organisation=world["firms"][0]).delete()
    client = Client()
    client.force_login(world["people"]["planner"])
    assert "承诺之后名录有变化" in client.get(reverse("draw", args=[draw.pk])).content.decode()
    assert f"{world['firms'][0].code}\t重大\n" in draw.subjects_file
    drawing.draw_now(later(draw), world["people"]["second"], "12", "某网站")


def test_drand_is_checked_without_a_network(world: dict[str, Any]) -> None:
    draw = drafted(world, source=f"{sources.DRAND}{sources.round_at(timezone.now() + dt.timedelta(hours=1))}")
    drawing.commit(draw, world["people"]["planner"])
    number = sources.round_of(draw.source)
    for pasted, sentence in (
        (json.dumps({"round": ROUND, "signature": SIGNATURE}), "粘贴的是第 657413 轮"),
        (json.dumps({"round": number, "signature": SIGNATURE}), "签名不符"),
        (SIGNATURE, "签名不符"), ("{", "不是 drand"), ("123456", "96 位"), ("", "96 位"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=sentence):
            drawing.draw_now(later(draw), world["people"]["planner"], pasted)
    assert sources.checked_round(ROUND, json.dumps({"round": ROUND, "signature": SIGNATURE})) == (VALUE, SIGNATURE)


def test_a_signed_value_is_verified_by_the_command(world: dict[str, Any], tmp_path: Any) -> None:
    draw = drawn(world)
    inputs = rosters.inputs_of(draw) | {"source": f"{sources.DRAND}{ROUND}", "public_value": VALUE}
    document = {"inputs": inputs, "outputs": qd1.result(inputs), "signature": SIGNATURE}
    file = tmp_path / "draw.json"

    def run(document: Any, *options: str) -> Any:
        file.write_text(json.dumps(document), encoding="utf-8")
        return CliRunner().invoke(verify_draw, [str(file), *options])

    assert "签名已校验" in run(document).output
    other = run({**document, "signature": SIGNATURE[:-2] + "00"})
    assert other.exit_code == 1 and "签名验不过" in other.output
    wrong = run({**document, "outputs": document["outputs"] | {"drawn": []}})
    assert wrong.exit_code == 1 and "drawn" in wrong.output
    assert "事先公布的不同" in run(document, "--commit", "0" * 64).output
    for nonsense in ([], 1, {"inputs": {}, "outputs": {}}):
        assert run(nonsense).exit_code == 1


def test_who_committed_does_not_enter_the_value(world: dict[str, Any]) -> None:
    draw = drafted(world)
    drawing.commit(draw, world["people"]["planner"])
    with pytest.raises(InputError, match="承诺人以外"):
        drawing.draw_now(later(draw), world["people"]["planner"], "12", "某网站")
    with pytest.raises(InputError, match="公布时间"):
        drawing.draw_now(draw, world["people"]["second"], "12", "")


def test_the_fallback_needs_to_be_named_before_a_day_and_a_reason(world: dict[str, Any]) -> None:
    plain = drafted(world)
    drawing.commit(plain, world["people"]["planner"])
    with pytest.raises(InputError, match="没有写备用来源"):
        drawing.draw_now(later(plain), world["people"]["second"], "12", "某网站", True, "来源停办")
    draw = drafted(world, fallback="published:另一种号码")
    drawing.commit(draw, world["people"]["planner"])
    with pytest.raises(InputError, match="24 小时"):
        drawing.draw_now(later(draw), world["people"]["second"], "12", "某网站", True, "来源停办")
    with pytest.raises(InputError, match="原因"):
        drawing.draw_now(later(draw, hours=30), world["people"]["second"], "12", "某网站", True, "")
    drawing.draw_now(draw, world["people"]["second"], "12", "某网站", True, "来源停办")
    draw.refresh_from_db()
    assert draw.by_fallback == "来源停办" and draw.whole_source.endswith("|published:另一种号码")


def test_a_draw_given_up_stays_for_all_to_see_and_numbers_have_no_gaps(world: dict[str, Any]) -> None:
    first, second = drawn(world), drafted(world)
    drawing.void(first, world["people"]["planner"], "换一次试试")
    with pytest.raises(PermissionDenied):
        drawing.prepare(
            Draw(
                area=world["areas"]["Z3"],
                source="x",
                starts_at=second.starts_at,
                value_due=second.value_due,
                rules=second.rules,
            ),
            world["people"]["zone"],
        )
    third = drafted(world)
    assert [one.number[-4:] for one in (first, second, third)] == ["0001", "0002", "0003"]
    page = Client().get(reverse("public-draws")).content.decode()
    assert first.number in page and "换一次试试" in page and first.commit in page
    assert second.number not in page
    # what it would have been can be recomputed by everybody
    document = json.loads(Client().get(reverse("public-draw-file", args=[first.number])).content)
    assert qd1.differences(document, first.commit) == [] and document["void_reason"] == "换一次试试"


def test_a_commitment_whose_value_is_there_is_not_given_up_before_it_is_drawn(world: dict[str, Any]) -> None:
    user = world["people"]["planner"]
    draws = [drafted(world) for _ in range(3)]
    for one in draws:
        drawing.commit(one, user)
    with pytest.raises(ConflictError, match="先抽取再作废"):
        drawing.void(later(draws[0]), user, "换一次试试")
    drawing.void(draws[1], user, "并入另一次")  # before the value: nobody can know whom it hits
    drawing.void(later(draws[2], hours=25), user, "来源停办")
    assert sorted(Draw.objects.values_list("state", flat=True)) == ["committed", "void", "void"]


def test_names_are_for_the_team_and_the_office_until_they_are_published(world: dict[str, Any]) -> None:
    people = world["people"]
    draw = opened(world)
    sent = set(VisitMember.objects.filter(inspector__user=people["sent"]).values_list("visit", flat=True))
    assert set(visible(Visit.objects.all(), people["sent"]).values_list("pk", flat=True)) == sent
    assert visible(Visit.objects.all(), people["other"]).count() == 0
    firm = factories.user("enterprise", world["areas"]["Z1"], "firm", organisation=world["firms"][0])
    assert visible(Visit.objects.all(), firm).count() == 0 and visible(Draw.objects.all(), firm).count() == 0
    assert visible(Visit.objects.all(), people["planner"]).count() == 5
    client = Client()
    client.force_login(people["other"])
    assert all(client.get(reverse("visit", args=[one.pk])).status_code == 404 for one in draw.visits.all())
    client.force_login(people["planner"])
    first = draw.visits.first()
    assert first is not None
    client.get(reverse("draw", args=[draw.pk]))
    client.get(reverse("visit", args=[first.pk]))
    assert [one.user_id for one in entries("visit_seen")] == [people["planner"].pk] * 2
    finish(draw, people["planner"])
    assert visible(Visit.objects.all(), people["other"]).count() == 5


def test_those_who_go_are_told_at_the_hour_without_a_name(world: dict[str, Any]) -> None:
    goes = [drawn(world) for _ in range(1)]
    assert not Message.objects.filter(topic="inspections").exists()
    periodic.open_due(timezone.now())
    sent = VisitMember.objects.filter(inspector__user=world["people"]["sent"]).exists()
    told = Message.objects.filter(topic="inspections")
    assert told.count() == (1 if sent else 0)
    assert mine(world["people"]["sent"]).exists() is sent
    for message in told:
        assert not any(firm.name in message.subject + message.text for firm in world["firms"])
        assert message.url.endswith(f"/{goes[0].pk}/")


def test_whoever_was_there_last_is_not_sent_again(world: dict[str, Any]) -> None:
    draw = opened(world)
    finish(draw, world["people"]["planner"])
    pairs = {(one.inspector.code, one.visit.organisation.code) for one in VisitMember.objects.all()}
    lists = rosters.lists_of(drafted(world))
    assert pairs and all(f"{who}>{where}\n" in lists.conflicts for who, where in pairs)


def test_who_is_not_qualified_on_the_day_and_who_works_there_do_not_go(world: dict[str, Any]) -> None:
    first, second = world["inspectors"][2:4]
    Inspector.objects.filter(pk=first.pk).update(qualified_to=timezone.localdate() - dt.timedelta(days=1))
    Inspector.objects.filter(pk=second.pk).update(unit=world["firms"][3])
    lists = rosters.lists_of(drafted(world))
    assert f"{first.code}\t" not in lists.inspectors and f"{second.code}>{world['firms'][3].code}\n" in lists.conflicts


def test_long_unseen_subjects_are_a_stratum_of_their_own(world: dict[str, Any]) -> None:
    InspectionSubject.objects.filter(organisation__in=world["firms"][:2]).update(last_inspected=timezone.localdate())
    draw = drafted(
        world, unseen_months=12, rules={"team": 1, "max_load": 3, "quota": [["重大/久未检查", 1], ["低", 1]]}
    )
    assert rosters.lists_of(draw).strata == {
        "重大": 2,
        "重大/久未检查": 1,
        "较大/久未检查": 4,
        "一般/久未检查": 5,
        "低/久未检查": 3,
    }
    with pytest.raises(InputError, match="没有这些层：低"):
        drawing.commit(draw, world["people"]["planner"])


def test_changes_by_hand_stand_beside_the_draw(world: dict[str, Any]) -> None:
    people = world["people"]
    draw = opened(world)
    visit = draw.visits.get(place=1)
    team = set(visit.members.values_list("inspector__code", flat=True))
    clash = {
        line.split(">")[0] for line in draw.conflicts_file.splitlines() if line.endswith(f">{visit.organisation.code}")
    }
    spare = sorted({one.code for one in world["inspectors"]} - team - clash)[0]
    with pytest.raises(InputError, match="封存的名单中没有"):
        visiting.reassign(visit, people["planner"], "P99", "生病")
    visiting.reassign(visit, people["planner"], spare, "生病", sorted(team)[0])
    visit.refresh_from_db()
    assert spare not in team and not visit.short and visit.members.exclude(by_hand="").count() == 1
    old = draw.visits.get(place=2)
    made = visiting.replace(old, people["planner"], "企业已搬走")
    found = qd1.result(rosters.inputs_of(draw))
    assert made.organisation.code == found["reserves"][old.stratum][0] and made.place == 6
    with pytest.raises(ConflictError, match="已改查"):
        visiting.enter(old, people["planner"], Outcome.NONE, timezone.localdate())
    finish(draw, people["planner"])
    document = document_of(draw)
    assert len(document["by_hand"]) >= 3 and qd1.differences(json.loads(json.dumps(document, default=str))) == []


def test_nobody_in_conflict_is_sent_by_hand(world: dict[str, Any]) -> None:
    draw = opened(world, rules={"team": 1, "max_load": 3, "quota": [["重大", 3]]})
    visit = draw.visits.get(organisation=world["firms"][0])
    with pytest.raises(InputError, match="回避"):
        visiting.reassign(visit, world["people"]["planner"], "P02", "人手不够")


def test_results_are_entered_by_whoever_went_and_on_a_day_that_was(world: dict[str, Any]) -> None:
    draw = opened(world, rules={"team": 6, "max_load": 9, "quota": [["低", 2]]})
    visit = draw.visits.get(place=1)
    people, today = world["people"], timezone.localdate()
    with pytest.raises(PermissionDenied):
        visiting.enter(visit, people["other"], Outcome.NONE, today)
    for outcome, day, told in (
        ("x", today, ""),
        (Outcome.NONE, today + dt.timedelta(days=1), ""),
        (Outcome.NONE, None, ""),
        (Outcome.RECTIFY, today, ""),
    ):
        with pytest.raises(InputError):
            visiting.enter(visit, people["sent"], outcome, day, told)
    visiting.enter(visit, people["sent"], Outcome.RECTIFY, today, "通道堵塞")
    visit.refresh_from_db()
    assert visit.entered_by == people["sent"] and visit.get_outcome_display() == "责令限期改正"
    assert len(entries("visit_entered")) == 1


def test_the_limit_for_publishing_is_counted_in_working_days(world: dict[str, Any]) -> None:
    draw = opened(world, publish_workdays=5)
    assert drawing.limit_of(draw) is None
    draw.visits.update(visited_on=dt.date(2026, 11, 27), outcome=Outcome.NONE)
    assert drawing.limit_of(draw) == dt.date(2026, 12, 4)  # a Friday and five days of work
    assert drawing.limit_of(draw) != dt.date(2026, 12, 2)
