"""Hazards: another person re-checks, photographs are wanted, overdue goes up, repeats are seen; risk points and checks."""

import datetime as dt
import io
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.domains.safety import desk, hazards, risks
from qiangqu.domains.safety.models.hazards import CheckItem, CheckList, Hazard
from qiangqu.domains.safety.models.risks import RiskCheck, RiskPoint, RiskScheme
from qiangqu.domains.safety.terms import Found, HazardGrade, HazardState
from qiangqu.messaging.models import Message
from qiangqu.records.checking import checked
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories
from qiangqu.ui.desk import Look

from .test_pages import signed_in


def picture(name: str = "后.jpg", colour: str = "green") -> Any:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(data, "JPEG")
    return checked(name, data.getvalue())


def item(code: str = "JC-1", grade: str = HazardGrade.GENERAL) -> CheckItem:
    listed, _new = CheckList.objects.get_or_create(code="L1", defaults={"name": "通用", "valid_from": factories.BORN})
    return CheckItem.objects.create(
        code=code,
        checklist=listed,
        text="灭火器在有效期内",
        source="某规范 3.1",
        grade=grade,
        valid_from=factories.BORN,
    )


def self_found(world: dict[str, Any], user: Any, **more: Any) -> Hazard:
    first = {"organisation": world["firms"][0], "title": "安全阀未校验", "found": Found.SELF_CHECK}
    return hazards.report(Hazard(**(first | more)), user)


@pytest.fixture
def firm(world: dict[str, Any]) -> dict[str, Any]:
    """Two who speak for the first enterprise."""
    one = world["firms"][0]
    names = ("works", "watches")
    found = {name: factories.user("enterprise", one.area, name, organisation=one) for name in names}
    return world | found


def test_whoever_rectified_it_does_not_close_it(firm: dict[str, Any]) -> None:
    one = self_found(firm, firm["works"])
    assert one.number.startswith("YH-") and one.number.endswith("-00001") and one.area == firm["areas"]["Z1"]
    with pytest.raises(InputError, match="照片"):
        hazards.rectify(one, firm["works"], "已送检")
    hazards.rectify(one, firm["works"], "已送检", [picture()])
    one.refresh_from_db()
    assert one.state == HazardState.RECTIFIED and one.files.get().about == "round:1"
    with pytest.raises(PermissionDenied):
        hazards.recheck(one, firm["works"], True, "合格")
    hazards.recheck(one, firm["watches"], False, "铭牌不符")
    one.refresh_from_db()
    assert (one.state, one.round) == (HazardState.OPEN, 2)
    # the photograph of the first round does not do for the second
    with pytest.raises(InputError, match="照片"):
        hazards.rectify(one, firm["works"], "换了新的")
    hazards.rectify(one, firm["watches"], "换了新的", [picture("二.jpg", "red")])
    with pytest.raises(PermissionDenied):
        hazards.recheck(one, firm["watches"], True, "合格")
    hazards.recheck(one, firm["works"], True, "合格")
    one.refresh_from_db()
    assert one.state == HazardState.CLOSED
    acts = AuditEntry.objects.filter(object_type="hazard", object_id=str(one.pk)).values_list("action", flat=True)
    assert sorted(acts) == ["hazard_rechecked"] * 2 + ["hazard_rectified"] * 2 + ["hazard_reported"]
    with pytest.raises(ConflictError):
        hazards.recheck(one, firm["zone"] if "zone" in firm else firm["people"]["zone"], True, "再来")


@pytest.mark.parametrize("more", [{"grade": HazardGrade.MAJOR}, {"found": Found.CITIZEN}])
def test_an_enterprise_does_not_close_these_alone(firm: dict[str, Any], more: dict[str, str]) -> None:
    one = self_found(firm, firm["people"]["zone"], **more)
    hazards.rectify(one, firm["works"], "已整改", [picture()])
    with pytest.raises(PermissionDenied):
        hazards.recheck(one, firm["watches"], True, "合格")
    hazards.recheck(one, firm["people"]["zone"], True, "现场核实合格")
    one.refresh_from_db()
    assert one.state == HazardState.CLOSED


def test_others_do_not_register_or_see_it(firm: dict[str, Any]) -> None:
    with pytest.raises(PermissionDenied):
        self_found(firm, firm["people"]["neighbour"])
    with pytest.raises(PermissionDenied):
        self_found(firm, firm["works"], organisation=firm["firms"][1])
    one = self_found(firm, firm["works"])
    assert signed_in(firm["people"]["neighbour"]).get(reverse("hazard", args=[one.pk])).status_code == 404
    assert signed_in(firm["watches"]).get(reverse("hazard", args=[one.pk])).status_code == 200


def test_the_plan_and_its_day(firm: dict[str, Any]) -> None:
    one, today = self_found(firm, firm["people"]["zone"]), timezone.localdate()
    day = today + dt.timedelta(days=10)
    with pytest.raises(InputError, match="期限"):
        hazards.plan(one, firm["works"], "张三", "送检", "有报告", today - dt.timedelta(days=1))
    for money in ("abc", "-1", "nan", "inf"):
        with pytest.raises(InputError, match="资金"):
            hazards.plan(one, firm["works"], "张三", "送检", "有报告", day, money)
    hazards.plan(one, firm["works"], "张三", "送检", "有报告", day, "0.5")
    with pytest.raises(InputError, match="监管部门"):
        hazards.plan(one, firm["works"], "张三", "送检", "有报告", day + dt.timedelta(days=1))
    hazards.plan(one, firm["people"]["zone"], "张三", "送检", "有报告", day + dt.timedelta(days=1))
    one.refresh_from_db()
    assert one.due_on == day + dt.timedelta(days=1) and one.money is None


def test_overdue_goes_up_step_by_step_and_each_step_once(firm: dict[str, Any]) -> None:
    people, today = firm["people"], timezone.localdate()
    one = self_found(firm, firm["works"], found_at=timezone.now() - dt.timedelta(days=60), due_on=today)
    for days, told in (
        (0, []),
        (1, ["zone"]),
        (1, ["zone"]),
        (7, ["zone", "city"]),
        (40, ["zone", "city", "planner", "second"]),
    ):
        Hazard.objects.filter(pk=one.pk).update(due_on=today - dt.timedelta(days=days))
        hazards.escalate(timezone.now())
        hazards.escalate(timezone.now())
        found = Message.objects.filter(subject__startswith="隐患超期").values_list("user__username", flat=True)
        assert sorted(found) == sorted(told), days
    one.refresh_from_db()
    assert one.escalated == 3 and people["leader"].username not in told
    hazards.rectify(one, firm["works"], "已改", [picture()])
    assert hazards.escalate(timezone.now()) == ""


def test_repeats_are_seen(firm: dict[str, Any]) -> None:
    thing = item()
    first = self_found(firm, firm["works"], item=thing)
    second = self_found(firm, firm["works"], item=thing, title="又过期了")
    other = self_found(firm, firm["people"]["zone"], item=thing, organisation=firm["firms"][1])
    assert second.repeat_of == first and other.repeat_of is None and first.repeat_of is None
    shown = signed_in(firm["people"]["zone"]).get(reverse("hazards"), {"list": "repeated"}).content.decode()
    assert second.number in shown and first.number not in shown
    hazards.void(second, firm["people"]["zone"], "误报")
    assert self_found(firm, firm["works"], item=thing).repeat_of == first


def test_pages_excel_json_and_the_desk(firm: dict[str, Any]) -> None:
    one = self_found(firm, firm["works"], due_on=timezone.localdate())
    Hazard.objects.filter(pk=one.pk).update(due_on=timezone.localdate() - dt.timedelta(days=2))
    zone, works = signed_in(firm["people"]["zone"]), signed_in(firm["works"])
    assert "超期 2 天" in works.get("/").content.decode()
    assert "超期 2 天" in zone.get(reverse("hazards"), {"list": "late"}).content.decode()
    assert zone.get(reverse("hazards-export")).status_code == 200
    made = works.post(
        reverse("hazard-new"),
        {"organisation": firm["firms"][0].code, "title": "配电箱门缺失", "found": "self_check", "grade": "general"},
    )
    assert made.status_code == 302, made.content.decode()[-3000:]
    told = works.get("/api/v1/safety/hazards", {"state": "open"}).json()
    assert told["count"] == 2 and told["rows"][0]["title"] == "配电箱门缺失"
    pk = told["rows"][0]["id"]
    said = zone.post(
        f"/api/v1/safety/hazards/{pk}/regrade", {"grade": "major", "basis": "判定标准"}, "application/json"
    )
    assert said.status_code == 200 and said.json()["grade"] == "major"
    sent = works.post(
        reverse("hazard-act", args=[pk, "rectify"]), {"result": "已装门", "files": io.BytesIO(b"no picture")}
    )
    assert sent.status_code == 422
    assert "安全生产" in zone.get(reverse("organisations-detail", args=[firm["firms"][0].pk])).content.decode()


def test_the_card_counts_how_hazards_stand(firm: dict[str, Any]) -> None:
    planner, today = firm["people"]["planner"], timezone.localdate()
    look = Look(planner, None, None, timezone.now())
    assert desk.hazard_state(look) is None
    late = self_found(firm, firm["works"], grade=HazardGrade.MAJOR)
    Hazard.objects.filter(pk=late.pk).update(due_on=today - dt.timedelta(days=1))
    again, void = self_found(firm, firm["works"]), self_found(firm, firm["works"], title="误报的隐患")
    hazards.void(void, planner, "误报")
    hazards.rectify(again, firm["works"], "已改", [picture()])
    card = desk.hazard_state(look)
    assert card is not None and [one.value for one in card.figures] == ["2", "1", "1", "1"]
    assert [one.text for one in card.lines] == [late.title]
    assert desk.hazard_state(Look(firm["people"]["neighbour"], None, None, timezone.now())) is None


def test_a_firms_record_leads_to_its_own_hazards(firm: dict[str, Any]) -> None:
    one = self_found(firm, firm["works"])
    other = self_found(firm, firm["people"]["zone"], organisation=firm["firms"][1], title="别家的隐患")
    client = signed_in(firm["people"]["zone"])
    shown = client.get(reverse("organisations-detail", args=[firm["firms"][0].pk])).content.decode()
    led = f"{reverse('hazards')}?{urlencode({'q': firm['firms'][0].name})}"
    assert f'href="{led}"' in shown
    listed = client.get(led).content.decode()
    assert one.title in listed and other.title not in listed


# ---------------------------------------------------------------- risk points


def point(world: dict[str, Any], **more: Any) -> RiskPoint:
    first = {
        "code": "RP-1", "name": "氨罐区", "organisation": world["firms"][0], "likelihood": 3, "exposure": 6, "consequence": 40,
        "controls": "液位联锁", "responsible": "李四", "check_days": 7, "valid_from": timezone.localdate() - dt.timedelta(days=30),
    }  # fmt: skip
    return RiskPoint.objects.create(**(first | more))


def scheme(world: dict[str, Any], code: str = "S1", area: str = "C1", red: float = 320, **more: Any) -> RiskScheme:
    return RiskScheme.objects.create(
        code=code, area=world["areas"][area], method="lec", red_from=red, orange_from=160, yellow_from=70,
        document=f"{code} 办法", valid_from=factories.BORN, **more,
    )  # fmt: skip


def test_the_level_is_the_schemes_or_the_assessors(world: dict[str, Any]) -> None:
    one = point(world)
    assert (one.score, one.level) == (720, "")
    scheme(world)
    assert risks.refresh_levels(timezone.now()) == "风险点重新定级 1 个"
    one.refresh_from_db()
    assert (one.level, one.level_basis) == ("red", "S1 办法")
    # the nearest area's scheme goes before; one that has ended does not count
    near = scheme(world, "S2", "Z1", red=1000)
    scheme(world, "S3", "Z1", red=321, valid_to=dt.date(2021, 1, 1))
    one.save()
    assert (one.level, one.level_basis) == ("orange", "S2 办法")
    near.delete()
    one.save()
    assert one.level == "red"
    by_matrix = point(world, code="RP-2", method="matrix", likelihood=4, exposure=None, consequence=5, stated="yellow")
    assert (by_matrix.score, by_matrix.level, by_matrix.level_basis) == (20, "yellow", "")


def test_values_that_lec_has_not_are_refused(world: dict[str, Any]) -> None:
    scheme(world)
    client = signed_in(world["people"]["zone"])
    sent = {
        "code": "RP-9", "name": "炉区", "organisation": world["firms"][0].code, "method": "lec", "likelihood": "4", "exposure": "6",
        "consequence": "40", "controls": "联锁", "responsible": "李四", "check_days": "7", "valid_from": "2026-01-01",
    }  # fmt: skip
    refused = client.post(reverse("risk-points-create"), sent)
    assert "只能取" in refused.content.decode() and not RiskPoint.objects.exists()
    assert client.post(reverse("risk-points-create"), sent | {"likelihood": "3"}).status_code == 302
    assert RiskPoint.objects.get().level == "red"


def test_checks_are_due_and_a_failed_one_opens_a_hazard(firm: dict[str, Any]) -> None:
    one = point(firm)
    assert "风险点检查" in signed_in(firm["works"]).get("/").content.decode()
    assert [row.pk for row in risks.due(risks.with_last_check(RiskPoint.objects.all()), timezone.localdate())] == [
        one.pk
    ]
    made = risks.check(one, firm["works"], "no", "液位联锁已旁路")
    assert made.hazard is not None and made.hazard.found == Found.SELF_CHECK and "旁路" in made.hazard.title
    assert risks.due(risks.with_last_check(RiskPoint.objects.all()), timezone.localdate()) == []
    with pytest.raises(InputError):
        risks.check(one, firm["works"], "no", "坏")
    with pytest.raises(PermissionDenied):
        risks.check(one, firm["people"]["neighbour"], "yes")
    page = signed_in(firm["works"]).get(reverse("risk-point", args=[one.pk])).content.decode()
    assert "3 × 6 × 40 = 720" in page and "极其危险" in page and made.hazard.number in page


def test_levels_of_many_points_ask_for_the_schemes_once(world: dict[str, Any]) -> None:
    scheme(world)
    for n in range(5):
        point(world, code=f"RP-{n}")
    with CaptureQueriesContext(connection) as asked:
        assert risks.refresh_levels(timezone.now()) == ""
    assert sum(RiskScheme._meta.db_table in query["sql"] for query in asked) == 1


def test_the_card_counts_every_point_that_is_due(world: dict[str, Any]) -> None:
    now, today = timezone.now(), timezone.localdate()
    first = {
        "organisation": world["firms"][0],
        "likelihood": 1,
        "exposure": 1,
        "consequence": 1,
        "check_days": 7,
        "valid_from": today,
    }
    made = RiskPoint.objects.bulk_create(
        RiskPoint(code=f"RP-{n:04d}", name=f"点{n}", controls="锁", responsible="李四", **first) for n in range(2010)
    )
    RiskCheck.objects.bulk_create(RiskCheck(point=one, at=now, works=True) for one in made[:-8])
    card = desk.risk_checks(Look(world["people"]["zone"], None, None, now))
    assert card is not None and card.figures[0].value == "8"
    assert [one.text for one in card.lines] == [f"点{n}" for n in range(2002, 2008)]
