"""The work desk of each role over a small region with something of everything."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.base.part import Card as Declared
from qiangqu.base.part import Part, PartError, check
from qiangqu.base.periods import month, year
from qiangqu.cases.models import Case, CaseStatus, Light, Step, StepStatus
from qiangqu.domains.office.meetings.terms import MeetingKind, MeetingState
from qiangqu.domains.office.models.documents import IssuingBody
from qiangqu.domains.office.models.meetings import Meeting
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.formulas.peers import LEAST_PEERS, latest_common, peers_of, standings
from qiangqu.messaging.notify import notify
from qiangqu.registry.models import Area, Role
from qiangqu.registry.tests import factories
from qiangqu.ui.desk import Card, Figure, Line, Look, Placed, cards, columns

from .test_versions import make


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    areas = factories.tree()
    found: dict[str, Any] = factories.users(areas)
    mine = factories.enterprise(areas["Z1"], 1, "东一化工")
    found["firm"] = factories.user("enterprise", areas["Z1"], "firm", organisation=mine)
    return found


def desk(user: Any) -> str:
    client = Client()
    client.force_login(user)
    page = client.get("/")
    assert page.status_code == 200
    return page.content.decode()


def named(page: str) -> list[str]:
    return re.findall(r'data-card="([^"]+)"', page)


def test_signing_in_leads_to_the_desk_and_strangers_to_signing_in(people: dict[str, Any]) -> None:
    client = Client()
    assert client.get("/").headers["Location"].startswith("/accounts/login") or client.get("/").status_code == 302
    for user in people.values():
        assert "工作台" in desk(user)


def test_each_role_has_its_cards(people: dict[str, Any]) -> None:
    planner, leader, firm = (named(desk(people[name])) for name in ("planner", "leader", "firm"))
    assert {"cases", "messages", "agenda", "supervised", "alarms"} <= set(planner)
    assert "supervised" in leader
    assert "supervised" not in firm and "targets" not in firm and "peers" not in firm
    # a node without a plan or measuring places has no cards that would always be empty
    assert "targets" not in planner and "exceedances" not in planner and "reports" not in planner


def test_what_waits_stands_on_the_desk(people: dict[str, Any]) -> None:
    body = IssuingBody.objects.create(
        name="规划办", code_word="规办", area=people["planner"].area, valid_from=factories.BORN
    )
    start = timezone.now() + dt.timedelta(hours=30)
    for title, state in (("化工园区安全例会", MeetingState.PLANNED), ("取消的会", MeetingState.CANCELLED)):
        Meeting.objects.create(
            title=title, body=body, kind=MeetingKind.OTHER, chair=people["planner"], start=start, state=state,
            end=start + dt.timedelta(hours=1), place="三楼", created_by=people["planner"], created_at=timezone.now(),
        )  # fmt: skip
    notify(people["planner"], "月报退回", "", "/facts/")
    page = desk(people["planner"])
    assert "化工园区安全例会" in page and "三楼" in page and "取消的会" not in page and "月报退回" in page
    assert "化工园区安全例会" not in desk(people["zone"]) and "月报退回" not in desk(people["zone"])


def test_a_step_in_hand_whose_case_is_no_longer_to_be_seen_is_not_named(people: dict[str, Any]) -> None:
    clerk = people["zone"]
    case = make(Case, {"area": clerk.area, "opened_by": people["planner"]})
    Case.objects.filter(pk=case.pk).update(title="跨区转办的事", status=CaseStatus.OPEN, light=Light.GREEN)
    Step.objects.create(
        case=case, task_id="t", node="n", name="核实", status=StepStatus.OPEN, assignee=clerk, claimed_at=timezone.now(),
        desk_role=Role.ZONE, desk_area=clerk.area, opened_at=timezone.now(), since=dt.date(2026, 1, 1),
    )  # fmt: skip
    assert "跨区转办的事" in desk(clerk)
    elsewhere = Area.objects.exclude(path__startswith=clerk.area.path).filter(level="zone").first()
    clerk.posts.update(area=elsewhere)
    assert "跨区转办的事" not in desk(type(clerk).objects.get(pk=clerk.pk))


def _values(indicator: Indicator, values: dict[str, float], period: Any, simulated: bool = False) -> None:
    for code, value in values.items():
        IndicatorValue.objects.create(
            indicator=indicator,
            area=Area.objects.get(code=code),
            period_key=period.key,
            value=value,
            simulated=simulated,
        )


def test_an_area_among_its_peers(people: dict[str, Any]) -> None:
    today = dt.date(2026, 11, 30)
    root = Area.objects.get(code="Z1").parent
    for number in range(4, 8):
        Area.objects.create(
            code=f"Z{number}", parent=root, level="zone", name=f"Z{number}", short_name=f"Z{number}",
            valid_from=factories.BORN,
        )  # fmt: skip
    zone = Area.objects.get(code="Z1")
    assert {one.code for one in peers_of(zone, today)} >= {"Z1", "Z2", "Z3", "Z7"}
    assert peers_of(Area.objects.get(code="R"), today) == []
    up = Indicator.objects.create(code="up", name="工业产值", unit="亿元", formula="1")
    down = Indicator.objects.create(code="down", name="单位能耗", unit="吨标准煤", formula="1", direction="down")
    few = Indicator.objects.create(code="few", name="少数", unit="个", formula="1")
    mixed = Indicator.objects.create(code="mixed", name="模拟", unit="个", formula="1")
    all_of = {"Z1": 3.0, "Z2": 5.0, "Z3": 1.0, "Z4": 3.0, "Z5": 0.0}
    _values(up, all_of, year(2025))
    _values(up, {"Z1": 9.0}, month(2026, 10))  # newer, but nobody else has it
    _values(down, all_of, year(2025))
    _values(few, {"Z1": 1.0, "Z2": 2.0}, year(2025))
    _values(mixed, {"Z1": 1.0}, year(2025), simulated=True)
    _values(mixed, {"Z2": 2.0, "Z3": 2.0}, year(2025))
    found = {one.indicator.code: one for one in standings(zone, today)}
    assert {code: (one.place, one.of, one.middle, one.period.code) for code, one in found.items()} == {
        "up": (2, 5, 3.0, "2025"),
        "down": (3, 5, 3.0, "2025"),
        # the middle of two is the other's value told: it stays with him
        "few": (2, 2, None, "2025"),
    }
    assert LEAST_PEERS == 5
    assert standings(zone, dt.date(2025, 6, 1)) == []  # the year was not over
    # side by side for who sees several; who sees one alone is told so, and sees no other's value
    client = Client()
    client.force_login(people["planner"])
    page = client.get("/areas/compared").content.decode()
    assert "工业产值" in page and "5.0" in page
    client.force_login(people["zone"])
    page = client.get("/areas/compared").content.decode()
    assert "您能看到的区域里没有可比的数值" in page and "工业产值" not in page
    page = desk(people["zone"])
    assert ("peers" in named(page)) == (people["zone"].area.code in all_of) and "工业产值" in page


def test_the_newest_period_that_most_have() -> None:
    day = dt.date(2026, 11, 30)
    years, months = year(2025).key, month(2026, 10).key
    assert latest_common([], day) is None
    assert latest_common([(1, years), (2, years), (1, months)], day) == years
    assert latest_common([(1, months), (2, months), (1, month(2026, 9).key)], day) == months
    assert latest_common([(1, year(2026).key), (2, year(2026).key), (1, years)], day) == years


def made(look: Look) -> Card | None:
    return Card("卡片", lines=[Line("一行", simulated=True)], figures=[Figure("个", "3")]) if look.user else None


def wrong(look: Look) -> Card | None:
    raise InputError("目标年早于基年", where="T-01")


def refused(look: Look) -> Card | None:
    raise AssertionError("not asked for him who may not")


def test_cards_are_made_in_their_order_for_whom_they_concern(people: dict[str, Any]) -> None:
    part = Part(
        "made_up", "造的", package="qiangqu.site.tests",
        cards=(
            Declared("late", "test_desk:made", 90, "state"),
            Declared("early", "test_desk:made", 10),
            Declared("hidden", "test_desk:refused", 20, action="manage_users"),
        ),
    )  # fmt: skip
    look = Look(people["zone"], people["zone"].area, None, timezone.now())
    found = cards(look, [part])
    assert [(one.name, one.half) for one in found] == [("early", "todo"), ("late", "state")]
    assert found[0].card.simulated
    # wrong data of a part is said in its place
    [said] = cards(
        look, [Part("odd", "计划", package="qiangqu.site.tests", cards=(Declared("odd", "test_desk:wrong"),))]
    )
    assert said.card.title == "计划" and "T-01" in said.card.note and "目标年早于基年" in said.card.note
    assert (
        cards(
            Look(None, None, None, timezone.now()), [Part("x", "x", package="qiangqu.site.tests", cards=part.cards[:1])]
        )
        == []
    )


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ((Declared("a", "x:y", half="left"),), "left"),
        ((Declared("a", "x:y", action="fly"),), "fly"),
        ((Declared("a", "x:y"), Declared("a", "x:z")), "两次"),
    ],
)
def test_a_wrong_card_is_refused_at_start(declared: tuple[Declared, ...], sentence: str) -> None:
    with pytest.raises(PartError, match=sentence):
        check([Part("one", "一", cards=declared)])


@pytest.mark.parametrize(
    ("waiting", "standing", "shown"),
    [
        ((), (), []),
        ((1,), (1,), [["t0"], ["s0"]]),
        ((6, 6), (2, 2), [["t0", "t1"], ["s0", "s1"]]),
        ((0,), (6, 6, 2), [["t0", "s1", "s2"], ["s0"]]),
        ((), (6,), [["s0"]]),
        ((6, 6, 2), (1,), [["t0"], ["s0", "t1", "t2"]]),
    ],
)
def test_the_columns_of_a_desk_are_about_as_long(waiting, standing, shown) -> None:
    def placed(half: str, lines: int, n: int) -> Placed:
        return Placed(f"{half[0]}{n}", half, Card("x", lines=[Line("y")] * lines))

    made = [placed("todo", lines, n) for n, lines in enumerate(waiting)]
    made += [placed("state", lines, n) for n, lines in enumerate(standing)]
    assert [[one.name for one in column] for column in columns(made)] == shown
