"""A hot-work permit that is being worked on by: a gas alarm suspends it, and its guardian reads so at once."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.safety.models.permits import GasDetector, WorkPermit
from qiangqu.domains.safety.permits import apply_for
from qiangqu.domains.safety.terms import PermitState, StepKind
from qiangqu.registry.tests import factories
from qiangqu.telemetry.models import Alarm
from qiangqu.telemetry.signals import alarms_raised
from qiangqu.ui.tests.browser import needs_browser

from .conftest import set_up
from .test_permits import alarm_of

pytestmark = [pytest.mark.browser, needs_browser]


@pytest.mark.django_db(transaction=True)
def test_a_gas_alarm_suspends_a_hot_work_permit(visit: Any) -> None:
    world = set_up()
    firm = world["firms"][0]
    users = [factories.user("enterprise", firm.area, f"u{n}", organisation=firm) for n in range(4)]
    now = timezone.now()
    permit = apply_for(
        WorkPermit(
            organisation=firm, kind="hot_work", level="特级", work="焊接管线", place="罐区", workers="王五", guardian=users[1], planned_from=now,
            planned_to=now + dt.timedelta(hours=4), lon=106.5, lat=38.2,
        ),
        users[0],
    )  # fmt: skip
    address = reverse("work-permit", args=[permit.pk])
    page = visit(users[0], address).page
    for step in permit.steps.exclude(kind=StepKind.SIGN):
        page.select_option("#tick-step", str(step.pk))
        page.click("button:has-text('确认隔离和措施')")
        page.wait_for_selector("text=已确认")
    page.click("summary:has-text('登记气体分析')")
    page.select_option("#analyse-gas", "combustible")
    page.select_option("#analyse-unit", "%")
    for name, value in (("value", "0.1"), ("lel", "5"), ("spot", "动火点"), ("analyst", "赵六"), ("instrument", "J-1")):
        page.fill(f"#analyse-{name}", value)
    page.click("button:has-text('登记气体分析')")
    page.wait_for_selector("text=分析合格")
    for user in users:
        page = visit(user, address).page
        page.click("form[action$='/sign'] button")
        page.wait_for_selector("text=已签字")
    page.click("button:has-text('开始作业')")
    page.wait_for_selector("text=作业开始")

    alarm = alarm_of({"firm": firm}, lon=106.5, lat=38.2)
    assert GasDetector.objects.get().device == alarm.device
    alarms_raised.send_robust(sender=Alarm, alarms=[alarm])
    shown = visit(users[1], "/", 390)
    assert "立即停止作业" in shown.text()
    shown.page.click("text=立即停止作业")
    shown.page.wait_for_selector("text=停止作业")
    stopped = visit(users[1], address, 390)
    assert "气体报警" in stopped.text() and stopped.too_wide() == {}
    permit.refresh_from_db()
    assert permit.state == PermitState.SUSPENDED
