"""Nominations in a demonstration: three experts, one nomination that waits for the enterprise's lot, one that is reviewed."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from qiangqu.base.errors import QiangquError
from qiangqu.cases.acts import finish_step
from qiangqu.cases.people import colleagues
from qiangqu.domains.enterprises.models import Expert, Nomination
from qiangqu.domains.enterprises.recognising import hindrance, may_nominate, nominate, standing_of
from qiangqu.registry.models import Area, Organisation, User
from qiangqu.schemes.gather import schemes_on

EXPERTS = (("inspector", "甲", "生产工艺"), ("leader", "乙", "财务"), ("planner", "丙", "产业政策"))
STEPS: dict[str, dict[str, Any]] = {
    "recommend": {"recommend": "recommend", "recommend_opinion": "（模拟）材料属实，同意推荐"},
    "accept": {"accept": "accept", "experts": 2, "accept_opinion": "（模拟）材料齐全，予以受理"},
    "lot": {"lot": "模拟报数 20261201"},
}
#: titles for which somebody asks if they can be asked for, and the last steps that are done of the first and the second
ASKED = ("srdi", "innovative_sme", "high_tech_enterprise", "tech_sme", "single_champion", "little_giant")
LAST = ("lot", "accept")


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Experts and nominations of the enterprise that has an account, unless there are some."""
    firm = Organisation.objects.filter(simulated=True, posts__role="enterprise").order_by("pk").first()
    if firm is None or Nomination.objects.exists():
        return
    day, region = timezone.localdate(), Area.objects.get(parent=None)
    for username, word, field in EXPERTS:
        user = User.objects.filter(username=username).first()
        if user is not None:
            given = {
                "name": f"模拟专家{word}",
                "area": region,
                "field": field,
                "user": user,
                "valid_from": day.replace(month=1, day=1),
            }
            Expert.objects.get_or_create(code=f"SIM-{username}", defaults=given | {"simulated": True})
    user = next((one for one in User.objects.posted(organisation=firm) if may_nominate(one, firm)), None)
    able = [
        one
        for one in schemes_on(day).values()
        if one.grants in ASKED and user is not None and not hindrance(firm, one, day)
    ]
    standing = {one.code: standing_of(firm, one, day) for one in able}
    able.sort(key=lambda one: (standing[one.code]["still"], standing[one.code]["open"], one.code))
    for scheme, last in zip(able, LAST, strict=False):
        try:
            _through(nominate(user, firm, scheme, "（模拟）本企业申请认定。", "（模拟）联系人"), last)
        except QiangquError as error:
            report(f"模拟的认定申报未能办理：{error}")
    report(f"模拟的认定申报 {Nomination.objects.count()} 件")


def _through(one: Nomination, last: str) -> None:
    assert one.case is not None
    for node, sent in STEPS.items():
        step = one.case.steps.get(node=node, status="open")
        person = step.assignee or colleagues(step).order_by("pk").first()
        if person is not None:
            finish_step(one.case, step.pk, sent, person)
        if person is None or node == last:
            return
