"""Who is told what when a case moves."""

import datetime as dt

from django.utils import timezone

from qiangqu.cases import acts, timers
from qiangqu.messaging.models import Message


def told(user):
    return list(Message.objects.filter(user=user).order_by("id").values_list("subject", flat=True))


def step(case, node):
    return case.steps.get(node=node, status="open")


def test_those_whom_an_act_concerns_are_told_and_nobody_else(scene):
    people = scene["people"]
    data = {"title": "光伏组件扩产", "amount": 2000}
    case = acts.open_case("approval", data, area=scene["areas"]["Z1"], user=people["enterprise"]).case
    assert told(people["zone"]) == told(people["zone2"]) == ["待办：受理（光伏组件扩产）"]
    assert told(people["neighbour"]) == told(people["enterprise"]) == []
    acts.assign(case, step(case, "accept").pk, "zone2", people["planner"], "请办")
    assert told(people["zone2"])[-1].startswith("交给您办：受理") and len(told(people["zone"])) == 1
    acts.ask_countersign(case, step(case, "accept").pk, ["city"], people["zone2"])
    assert told(people["city"]) == ["请您会签：受理（光伏组件扩产）"]
    acts.countersign(case, case.opinions.get(kind="countersign").pk, True, "", people["city"])
    assert told(people["zone2"])[-1].startswith("会签已答复")
    acts.urge(case, "请抓紧", people["planner"])
    assert told(people["zone2"])[-1].startswith("催办") and told(people["planner"]) == []
    timers.work_off_due_timers(timezone.now() + dt.timedelta(days=20))
    assert any(one.startswith("已超期") for one in told(people["zone2"]))
    assert any(one.startswith("已超期") for one in told(people["city"]))  # it is escalated to the bureau
    acts.withdraw(case, people["planner"], "撤销")
    assert told(people["enterprise"])[-1] == "已撤回：光伏组件扩产"
    assert Message.objects.filter(url=f"/cases/case/{case.number}/").count() == Message.objects.count()


def test_what_fails_is_told_to_nobody(scene):
    import pytest

    from qiangqu.base.errors import QiangquError

    people = scene["people"]
    case = acts.open_case("approval", {"title": "甲", "amount": 5}, area=scene["areas"]["Z1"], user=people["zone"]).case
    before = Message.objects.count()
    with pytest.raises(QiangquError):
        acts.finish_step(case, step(case, "accept").pk, {"accepted": "随便"}, people["zone"])
    with pytest.raises(QiangquError):
        acts.assign(case, step(case, "accept").pk, "neighbour", people["zone"])
    assert Message.objects.count() == before
