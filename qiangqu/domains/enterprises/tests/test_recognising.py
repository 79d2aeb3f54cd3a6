"""A title from the nomination to the register: experts by lot, conflicts, public notice, and who must not do what."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.utils import timezone

from qiangqu.base import draw as qd1
from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import visible
from qiangqu.cases import acts
from qiangqu.cases.people import colleagues
from qiangqu.domains.enterprises import experts, recognising, reviewing
from qiangqu.domains.enterprises.models import Expert, ExpertMark, Nomination, NominationState
from qiangqu.formulas.tests.world import World
from qiangqu.registry.models import AuditEntry, Post, Recognition, Role, User
from qiangqu.schemes import queries
from qiangqu.schemes.tests.test_pages import DAY, answer, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
LATER = timezone.now() + dt.timedelta(days=9)
ANSWERS: dict[str, dict[str, Any]] = {
    "recommend": {"recommend": "recommend", "recommend_opinion": "情况属实"},
    "accept": {"accept": "accept", "experts": 2, "accept_opinion": "材料齐全"},
    "lot": {"lot": "我们随便写的数 20261201"},
    "review": {"review": "agree", "review_opinion": "同意"},
    "publicise": {
        "public_from": DAY.isoformat(), "public_to": (DAY + dt.timedelta(days=7)).isoformat(), "public_place": "门户网站",
    },
    "objections": {"objections": "stands", "objections_opinion": "无异议"},
    "decide": {
        "decide": "recognise", "document_number": "宁工信〔2026〕9号", "certificate": "NX1",
        "recognised_on": (DAY + dt.timedelta(days=8)).isoformat(), "valid_to": (DAY + dt.timedelta(days=1000)).isoformat(),
    },
}  # fmt: skip


class Scene:
    """A firm that asks for a title, those who decide, five experts of whom one works at the firm."""

    def __init__(self, world: World) -> None:
        self.world, self.firm = world, world.organisations["A"]
        areas = world.areas
        self.people = {
            "firm": self._user("firm", Role.ENTERPRISE, organisation=self.firm),
            "other": self._user("other", Role.ENTERPRISE, organisation=world.organisations["B"]),
            "zone": self._user("zone", Role.ZONE, area=areas["Z1"]),
            "city": self._user("city", Role.BUREAU, area=areas["C1"]),
            "planner": self._user("planner", Role.PLANNER, area=areas["R"]),
        }
        for n in range(5):
            user = self._user(f"expert{n}", Role.INSPECTOR, area=areas["C2"])
            Expert.objects.create(
                code=f"E{n}", name=f"专家{n}", area=areas["R"], user=user, valid_from=dt.date(2024, 1, 1),
                organisation=self.firm if n == 0 else None,
            )  # fmt: skip
        # one who speaks for the firm besides
        Post.objects.create(user=User.objects.get(username="expert1"), role=Role.ENTERPRISE, organisation=self.firm)
        answer(world, "A", 1)
        self.scheme = queries.scheme_on("firm", DAY)

    def _user(self, name: str, role: str, **post: Any) -> User:
        return User.objects.create_user(name, password="x", role=role, **post)

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name))
        return client

    def apply(self) -> Nomination:
        return recognising.nominate(self.people["firm"], self.firm, self.scheme, "我们符合条件", "张三 0951")

    def do(self, one: Nomination, node: str, now: dt.datetime | None = None, **changed: Any) -> Nomination:
        assert one.case is not None
        step = one.case.steps.get(node=node, status="open")
        person = step.assignee or colleagues(step).order_by("pk").first()
        acts.finish_step(one.case, step.pk, ANSWERS[node] | changed, person, now=now)
        one.refresh_from_db()
        return one

    def through(self, one: Nomination, last: str) -> Nomination:
        for node in ANSWERS:
            self.do(one, node, LATER if node in ("objections", "decide") else None)
            if node == "lot":
                self.review(one)
            if node == last:
                break
        return one

    def review(self, one: Nomination) -> None:
        for mark in one.marks.filter(state="asked").select_related("expert__user"):
            reviewing.mark(one, mark.expert.user, "yes", "指标扎实", "88")


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def test_a_nomination_ends_in_the_register_and_its_draw_can_be_recomputed(scene: Scene) -> None:
    firm = scene.client("firm")
    assert "/nominations/new/firm/A" in firm.get("/schemes/firm/of/A").text
    page = firm.get("/nominations/new/firm/A").text
    assert "30,000" in page and "产值不低于2亿元" in page
    wrong = firm.post("/nominations/new/firm/A", {"statement": "", "contact": "张三"})
    assert wrong.status_code == 422 and "请填写申报说明" in wrong.text
    made = firm.post("/nominations/new/firm/A", {"statement": "我们符合条件", "contact": "张三 0951"})
    assert made.status_code == 302, made.text.split('role="alert">')[1][:80]
    one = Nomination.objects.get()
    assert made.headers["Location"] == f"/nominations/{one.pk}/"
    assert one.standing["state"] == "yes" and one.standing["lines"][0]["figure"] == "30,000 万元"
    with pytest.raises(ConflictError, match="正在申报"):
        scene.apply()
    scene.do(one, "recommend")
    scene.do(one, "accept")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nonce FROM enterprises_nomination")
        assert one.nonce not in str(cursor.fetchall())
    assert "E0>" in one.conflicts_file and "E1>" in one.conflicts_file
    scene.do(one, "lot")
    drawn = set(one.marks.values_list("expert__code", flat=True))
    assert len(drawn) == 2 and not drawn & {"E0", "E1"}
    assert firm.get(f"/nominations/{one.pk}/draw.json").status_code == 404
    scene.review(one)
    for node in ("review", "publicise"):
        scene.do(one, node)
    document = json.loads(firm.get(f"/nominations/{one.pk}/draw.json").content)
    assert qd1.differences(document, one.commit) == []
    assert set(document["outputs"]["teams"][one.number]) == drawn
    with pytest.raises(InputError, match="公示还没有结束"):
        scene.do(one, "objections")
    scene.do(one, "objections", LATER)
    before = Recognition.objects.count()
    with pytest.raises(InputError, match="认定文号和认定日期"):
        scene.do(one, "decide", LATER, document_number="")
    scene.do(one, "decide", LATER)
    title = Recognition.objects.get(pk=one.recognition_id)
    assert (Recognition.objects.count(), title.kind.code, title.holder) == (before + 1, "good", scene.firm)
    assert one.state == NominationState.GRANTED
    # what counts recognitions counts it from that day on
    day = DAY + dt.timedelta(days=8)
    assert next(r for r in queries.results(scene.scheme, day, scene.people["planner"]) if r.code == "A").holds
    recognised = AuditEntry.objects.filter(action="case_step_done").count()
    assert recognised >= 7
    for name, seen in (("firm", 200), ("zone", 200), ("other", 404), ("expert0", 404)):
        assert scene.client(name).get(f"/nominations/{one.pk}/").status_code == seen, name
    shown = firm.get(f"/nominations/{one.pk}/").text
    assert "指标扎实" not in shown and not any(f"专家{n}" in shown for n in range(5))
    assert "指标扎实" in scene.client("planner").get(f"/nominations/{one.pk}/").text
    with pytest.raises(InputError, match="撤销日期"):
        reviewing.revoke(one, scene.people["planner"], "撤1号", "弄虚作假", DAY)


def test_experts_mark_once_keep_apart_and_are_replaced_in_the_order_of_the_draw(scene: Scene) -> None:
    one = scene.through(scene.apply(), "accept")
    scene.do(one, "lot")
    order = experts.order_of(one)
    first, second = one.marks.select_related("expert__user")
    assert [first.expert.code, second.expert.code] == order[:2]
    with pytest.raises(InputError, match="没有评审"):
        scene.do(one, "review")
    with pytest.raises(PermissionDenied):
        reviewing.mark(one, scene.people["firm"], "yes", "自己说好")
    with pytest.raises(InputError, match="评分应在"):
        reviewing.mark(one, first.expert.user, "yes", "很好", "101")
    reviewing.avoid(one, first.expert.user, "曾任顾问")
    third = one.marks.select_related("expert").get(place=3)
    assert third.expert.code == order[2]
    with pytest.raises(PermissionDenied):
        reviewing.mark(one, first.expert.user, "yes", "我还要评")
    with pytest.raises(InputError, match="没有可替补"):
        reviewing.excuse(one, scene.people["city"], second.expert.code, "出国")
    # one who came to work at the firm after the draw no longer marks it
    Expert.objects.filter(pk=second.expert_id).update(organisation=scene.firm)
    with pytest.raises(PermissionDenied):
        reviewing.mark(one, second.expert.user, "yes", "本单位很好")
    Expert.objects.filter(pk=second.expert_id).update(organisation=None)
    client = scene.client(second.expert.user.username)
    assert client.get("/nominations?list=mine").text.count(one.number) >= 1
    sent = client.post(f"/nominations/{one.pk}/mark", {"agrees": "no", "reason": "研发不足", "points": "50"})
    assert sent.status_code == 302
    assert client.post(f"/nominations/{one.pk}/mark", {"agrees": "yes", "reason": "改主意"}).status_code == 403
    reviewing.mark(one, User.objects.get(expert__code=third.expert.code), "yes", "尚可")
    with pytest.raises(InputError, match="过半数"):
        scene.do(one, "review")
    scene.do(one, "review", review="refuse", review_opinion="专家意见不一")
    assert (one.state, one.reason) == (NominationState.REFUSED, "专家意见不一")
    assert not visible(ExpertMark.objects.all(), scene.people["firm"]).exists()
    # who has once kept apart is kept apart of the firm the next time
    again = scene.through(scene.apply(), "recommend")
    scene.do(again, "accept", experts=1)
    assert f"{first.expert.code}>" in again.conflicts_file


def test_public_notice_takes_objections_within_its_dates(scene: Scene) -> None:
    one = scene.through(scene.apply(), "review")
    other = scene.client("other")
    assert "现在没有公示" in other.get("/nominations/notices").text
    late = {"public_from": (DAY - dt.timedelta(days=1)).isoformat()}
    with pytest.raises(InputError, match="过去"):
        scene.do(one, "publicise", **late)
    scene.do(one, "publicise")
    assert scene.firm.name in other.get("/nominations/notices").text
    sent = {"nomination": str(one.pk), "text": "它的专利是买来的", "contact": "李四 139"}
    assert other.post("/nominations/notices", sent | {"nomination": "٣"}).status_code == 422
    assert other.post("/nominations/notices", sent).status_code == 302
    objection = one.objections.get()
    with pytest.raises(InputError, match="没有核查"):
        scene.do(one, "objections", LATER)
    assert "它的专利" not in scene.client("firm").get(f"/nominations/{one.pk}/").text
    reviewing.answer(one, scene.people["city"], objection.pk, "yes", "查实")
    with pytest.raises(InputError, match="成立的异议"):
        scene.do(one, "objections", LATER)
    scene.do(one, "objections", LATER, objections="refuse", objections_opinion="异议成立")
    assert one.state == NominationState.REFUSED
    assert "查实" in other.get("/nominations/notices").text
    with pytest.raises(InputError, match="不在公示期"):
        reviewing.object_to(scene.people["other"], one.pk, "再说一遍异议", "李四")


def test_who_may_ask_for_what(scene: Scene) -> None:
    for name, status in (("other", 404), ("zone", 200), ("planner", 403), ("expert2", 403)):
        assert scene.client(name).get("/nominations/new/firm/A").status_code == status, name
    with pytest.raises(PermissionDenied):
        recognising.nominate(scene.people["other"], scene.firm, scene.scheme, "替别人申报", "x1")
    one = scene.apply()
    # nobody handles what his own firm asks for
    Post.objects.create(user=scene.people["zone"], role=Role.ENTERPRISE, organisation=scene.firm)
    with pytest.raises(InputError, match="本单位"):
        scene.do(one, "recommend")
    Post.objects.filter(user=scene.people["zone"], role=Role.ENTERPRISE).delete()
    scene.do(one, "recommend", recommend="refuse", recommend_opinion="材料不实")
    assert (one.state, one.reason) == (NominationState.REFUSED, "材料不实")
    two = scene.through(scene.apply(), "recommend")
    with pytest.raises(InputError, match="可抽取的专家只有 3 名"):
        scene.do(two, "accept", experts=4)
    Recognition.objects.create(kind=two.kind, holder=scene.world.organisations["B"], valid_from=dt.date(2023, 1, 1))
    answer(scene.world, "B", 1)
    with pytest.raises(ConflictError, match="已经持有"):
        recognising.nominate(scene.people["other"], scene.world.organisations["B"], scene.scheme, "再要一个", "x1")


def test_no_link_of_a_nomination_leads_into_nothing(scene: Scene) -> None:
    """Also for an expert who was drawn: he sees the nomination, but neither the firm nor its standing."""
    one = scene.through(scene.apply(), "decide")
    drawn = one.marks.select_related("expert__user").first()
    assert drawn is not None
    followed = {}
    for name in ("firm", "zone", "city", "planner", drawn.expert.user.username):
        client = scene.client(name)
        page = client.get(f"/nominations/{one.pk}/")
        assert page.status_code == 200, name
        main = page.content.decode().partition('id="content"')[2].partition("</main>")[0]
        links = set(re.findall(r'href="(/[^"#]*)"', main))
        assert [(link, code) for link in links if (code := client.get(link).status_code) >= 400] == [], name
        followed[name] = {link.split("/")[1] for link in links}
    assert {"organisations", "schemes", "recognitions"} <= followed["planner"]
    assert not {"organisations", "schemes", "recognitions"} & followed[drawn.expert.user.username]
