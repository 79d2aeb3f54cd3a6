"""An inspector fills in a check-list on a phone that has no line; when it is back everything arrives once. The hazard is
put right by the enterprise and closed by somebody else.
"""

import io
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image

from qiangqu.domains.safety.models.hazards import CheckAnswer, Hazard
from qiangqu.domains.safety.models.inspections import Visit
from qiangqu.domains.safety.terms import HazardState
from qiangqu.registry.tests import factories
from qiangqu.ui.tests.browser import needs_browser

from .conftest import opened, set_up
from .test_hazards import item

pytestmark = [pytest.mark.browser, needs_browser]


def photograph(name: str) -> dict[str, Any]:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": data.getvalue()}


@pytest.mark.django_db(transaction=True)
def test_a_visit_without_a_line_and_a_hazard_closed_by_another(visit: Any) -> None:
    world = set_up()
    item()
    item("JC-2")
    draw = opened(world, rules={"team": 6, "max_load": 3, "quota": [["较大", 1]]})
    stop: Visit = draw.visits.get()
    shown = visit(world["people"]["sent"], reverse("visit-check", args=[stop.pk]), 390)
    page, context = shown.page, shown.page.context
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 38.25, "longitude": 106.5})
    page.wait_for_selector("body[data-kept=kept]")
    assert shown.too_wide() == {}

    context.set_offline(True)
    page.reload()  # what the service worker has kept
    first = page.locator('[data-item="JC-1"]')
    first.locator(".qq-verdict.is-not_met").click()
    first.locator("button").click()
    assert "写明情况" in first.inner_text()
    first.locator("textarea").fill("两具过期")
    first.locator("[type=file]").set_input_files(photograph("现场.jpg"))
    first.locator("button").click()
    first.locator("[data-state=waiting]").wait_for()
    page.locator('[data-item="JC-2"] .qq-verdict.is-met').click()
    page.locator('[data-item="JC-2"] button').click()
    page.locator("#finish select").select_option("rectify")
    page.locator("#finish textarea").fill("灭火器过期")
    page.locator("#finish button").click()
    page.locator("#waiting", has_text="3").wait_for()
    page.reload()
    page.locator("#waiting", has_text="3").wait_for()
    assert "没有网络" in page.inner_text("header") and not CheckAnswer.objects.exists()

    context.set_offline(False)
    page.click("#send")
    page.locator("#waiting", has_text="0").wait_for()
    assert "已登记隐患" in first.inner_text()
    assert CheckAnswer.objects.count() == 2
    answer = CheckAnswer.objects.get(verdict="not_met")
    assert (answer.lon, answer.lat) == (106.5, 38.25) and answer.files.count() == 1
    stop.refresh_from_db()
    assert stop.outcome == "rectify"
    hazard = Hazard.objects.get()
    assert hazard.organisation == stop.organisation and hazard.state == HazardState.OPEN

    works = factories.user("enterprise", stop.organisation.area, "works", organisation=stop.organisation)
    page = visit(works, reverse("hazard", args=[hazard.pk]), 390).page
    page.fill("#rectify-result", "已更换")
    page.set_input_files("#files-rectify", photograph("整改后.jpg"))
    page.click("button:has-text('提交整改')")
    page.wait_for_selector("text=要由另一人复查")
    assert page.locator("#recheck-accepted").count() == 0
    page = visit(world["people"]["zone"], reverse("hazard", args=[hazard.pk]), 390).page
    page.select_option("#recheck-accepted", "1")
    page.fill("#recheck-opinion", "现场核实已更换")
    page.click("button:has-text('复查')")
    page.wait_for_selector("text=已销号")
    hazard.refresh_from_db()
    assert hazard.state == HazardState.CLOSED and hazard.rechecked_by == world["people"]["zone"]
