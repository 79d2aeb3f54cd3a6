"""The map of risks shows what the lists show, and opens in a browser."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.safety.models.permits import WorkPermit
from qiangqu.domains.safety.permits import apply_for
from qiangqu.registry.tests import factories
from qiangqu.ui.tests.browser import needs_browser

from .conftest import set_up
from .test_hazards import point
from .test_pages import signed_in


def scene(world: dict[str, Any]) -> dict[str, Any]:
    """Three points of two firms, one of them without a place, and a permit of the first firm."""
    first, second = world["firms"][:2]
    owners = [
        factories.user("enterprise", first.area, f"e{n}", organisation=one) for n, one in enumerate((first, second))
    ]
    guardian = factories.user("enterprise", first.area, "guardian", organisation=first)
    red = point(world, stated="red", lon=106.5, lat=38.2)
    point(world, code="RP-2", name="管廊", stated="blue")
    point(world, code="RP-3", name="</script>仓库", organisation=second, stated="yellow", lon=106.51, lat=38.2)
    now = timezone.now()
    permit = apply_for(
        WorkPermit(
            organisation=first, kind="hot_work", level="特级", work="焊接管线", place="罐区", workers="王五", guardian=guardian,
            planned_from=now, planned_to=now + dt.timedelta(hours=4), lon=106.52, lat=38.21,
        ),
        owners[0],
    )  # fmt: skip
    return {"owners": owners, "red": red, "permit": permit}


@pytest.mark.django_db
def test_the_map_shows_what_the_lists_show(world: dict[str, Any]) -> None:
    made = scene(world)

    def shown(user: Any, **asked: str) -> tuple[dict[str, tuple[int, int]], set[str]]:
        answer = signed_in(user).get(reverse("risk-map"), asked)
        assert answer.status_code == 200
        groups = {one["key"]: (one["many"], len(one["drawn"])) for one in answer.context["groups"]}
        return groups, {one["title"] for one in answer.context["drawn"]}

    counted, titles = shown(world["people"]["zone"])
    assert counted == {"red": (1, 1), "orange": (0, 0), "yellow": (1, 1), "blue": (1, 0), "permit": (1, 1)}
    assert titles == {"氨罐区", "</script>仓库", "焊接管线"}
    assert shown(world["people"]["neighbour"])[1] == set()
    assert shown(made["owners"][0])[1] == {"氨罐区", "焊接管线"}
    assert shown(made["owners"][1])[1] == {"</script>仓库"}
    assert "permit" not in shown(world["people"]["zone"], as_of=str(timezone.localdate() - dt.timedelta(days=1)))[0]
    page = signed_in(world["people"]["zone"]).get(reverse("risk-map")).content.decode()
    assert "</script>仓库" not in page


@pytest.mark.browser
@needs_browser
@pytest.mark.django_db(transaction=True)
def test_a_point_of_the_map_tells_what_it_is(visit: Any) -> None:
    world = set_up()
    made = scene(world)
    opened = visit(world["people"]["zone"], reverse("risk-map"))
    page = opened.page
    page.wait_for_selector("[data-map-ready]", timeout=60_000)
    at = page.evaluate(
        "() => { const map = document.querySelector('[data-map]').map; const p = map.project([106.5, 38.2]);"
        " const box = map.getCanvas().getBoundingClientRect(); return [box.x + p.x, box.y + p.y]; }"
    )
    page.mouse.click(*at)
    popup = page.locator(".maplibregl-popup")
    popup.wait_for()
    assert "氨罐区" in popup.inner_text() and "重大风险" in popup.inner_text()
    assert page.get_attribute(".maplibregl-ctrl-zoom-in", "title") == "放大"
    popup.locator("a").click()
    page.wait_for_url(f"**{reverse('risk-point', args=[made['red'].pk])}")
    assert [one for one in opened.complaints if "GPU stall" not in one and "WebGL" not in one] == []
    assert opened.too_wide() == {}
