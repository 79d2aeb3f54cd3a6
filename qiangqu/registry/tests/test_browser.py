"""The shell, the register pages and every chart in a real browser at the three widths."""

import re

import pytest
from playwright.sync_api import expect

from qiangqu.registry.models import Organisation
from qiangqu.ui.tests.browser import needs_browser

from . import factories

EARLY = 12  # takes long: begins before others

pytestmark = [
    pytest.mark.browser,
    needs_browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("qiangqu.ui.tests.gallery"),
]
# words that a Chinese page may hold: user names, codes, units, formats
ENGLISH = re.compile(r"[A-Za-z]{3,}(?:[ '-][A-Za-z]{2,})+")
PAGES = (
    "/areas/",
    "/organisations/",
    "/organisations/new/",
    "/parcels/import/",
    "/audit/",
    "/accounts/",
    "/search/?q=企业",
    "/gallery/",
)


@pytest.fixture
def planner(transactional_db):
    areas = factories.tree()
    factories.code_lists()
    for number in range(1, 31):
        factories.enterprise(
            areas["Z1"], number, name=f"宁夏某某新材料科技股份有限公司第{number}分公司", simulated=number % 2 == 0
        )
    return factories.users(areas)["planner"]


def test_pages_fit_the_window_and_the_console_is_silent(visit, planner):
    for path in (
        *PAGES,
        f"/organisations/{Organisation.objects.first().pk}/",
        f"/organisations/{Organisation.objects.first().pk}/edit/",
    ):
        seen = visit(planner, path)
        assert seen.too_wide() == {}, path
        assert seen.complaints == [], path
        if path != "/gallery/":
            left = ENGLISH.findall(seen.text().replace("qiangqu audit verify", ""))
            assert left == [], f"{path}: {left}"


@pytest.mark.parametrize("width", [1920, 1366, 390])
def test_the_wall_fits_the_window(visit, planner, width):
    seen = visit(planner, "/gallery/wall/", width, shot="wall")
    assert seen.complaints == [] and seen.overflow <= 0


def test_signing_in_by_keyboard(visit, transactional_db):
    person = factories.user("planner", factories.tree()["R"], "zhang")
    person.set_password(factories.PASSWORD)
    person.save()
    seen = visit(None, "/accounts/?x=1")
    assert "登录" in seen.page.title() and seen.complaints == []
    seen.page.fill("[name=username]", "zhang")
    seen.page.press("[name=username]", "Tab")
    seen.page.keyboard.type(factories.PASSWORD)
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/accounts/?x=1")
    assert "我的账号" in seen.text()


def test_every_chart_is_drawn_labelled_and_told_as_a_table(visit, planner):
    seen = visit(planner, "/gallery/")
    page = seen.page
    assert page.locator("[data-chart]").count() == 10
    for chart in page.locator("[data-chart]").all():
        assert chart.get_attribute("role") == "img" and chart.get_attribute("aria-label")
        assert chart.evaluate("e => e.querySelector('svg, canvas, .qq-chart-failed') !== null")
    assert page.locator(".qq-chart-failed").all_inner_texts() == ["暂无数据"]
    page.locator(".qq-chart-target-path summary").first.click()
    table = page.locator(".qq-chart-target-path table").first.inner_text()
    assert "要求路径" in table and "2,800" in table and "—" in table
    assert page.locator("figure", has_text="示意图").count() == 1
    assert "<b>石嘴山</b>" in page.locator(".qq-chart-line svg").first.text_content(), (
        "a name with markup is drawn as text"
    )


def test_charts_follow_the_window(visit, planner):
    page = visit(planner, "/gallery/", 1366).page
    before = page.locator(".qq-chart-bar svg").first.evaluate("e => e.getBoundingClientRect().width")
    page.set_viewport_size({"width": 700, "height": 800})
    page.wait_for_timeout(400)
    box = page.locator(".qq-chart-bar svg").first.evaluate(
        "e => e.getBoundingClientRect().width / e.closest('.qq-canvas').clientWidth"
    )
    assert before > 0 and 0.98 < box < 1.02


def test_switching_area_day_and_language(visit, planner):
    seen = visit(planner, "/organisations/?scale=")
    page = seen.page
    page.get_by_label("切换区域").click()
    page.get_by_placeholder("按名称或代码查找区域").fill("东一")
    page.locator(".qq-pop-list").get_by_role("link", name="东一开发区").click()
    page.wait_for_url("**area=Z1**")
    assert "东一开" in page.locator(".qq-pick").first.inner_text()
    page.get_by_label("时点").click()
    page.fill("#shell-as-of", "2021-05-01")
    page.get_by_role("button", name="查看").click()
    page.wait_for_selector(".qq-as-of")
    page.get_by_role("link", name="回到今天").first.click()
    page.wait_for_load_state("networkidle")
    assert page.locator(".qq-as-of").count() == 0
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    assert seen.complaints == []


def test_a_list_filters_as_one_types_and_keeps_the_address(visit, planner):
    seen = visit(planner, "/organisations/")
    page = seen.page
    page.fill("#register-q", "第17分")
    expect(page.locator("#register-rows")).to_contain_text("共 1 条")
    assert "q=" in page.url
    assert "q=" in page.locator("a[data-keep-query]").get_attribute("href")
    page.fill("#shell-search", "分公司")
    page.wait_for_selector("#shell-hits .qq-hit")
    page.keyboard.press("Escape")
    assert page.locator("#shell-hits .qq-hit").count() == 0
    assert seen.complaints == []


def test_the_menu_opens_on_a_narrow_screen(visit, planner):
    seen = visit(planner, "/organisations/", 390)
    page = seen.page
    assert not page.locator(".qq-side").is_visible()
    page.get_by_label("打开菜单").click()
    page.wait_for_timeout(300)
    assert page.get_by_role("link", name="认定", exact=True).is_visible()
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert not page.locator(".qq-side").is_visible()
    page.locator("[data-toggle-filters]").click()
    assert page.locator("#f-kind").is_visible()


def test_a_reference_field_suggests(visit, planner):
    seen = visit(planner, "/parcels/new/")
    page = seen.page
    page.fill("#id_holder", "第17分")
    page.wait_for_selector("#id_holder-options option", state="attached")
    assert "第17分公司（" in page.locator("#id_holder-options option").first.get_attribute("value")
    assert seen.complaints == []


def test_a_page_prints_on_a4_without_the_frame(visit, planner, tmp_path):
    page = visit(planner, "/organisations/").page
    page.emulate_media(media="print")
    assert not page.locator(".qq-side").is_visible() and not page.locator(".qq-top").is_visible()
    assert page.locator("table").is_visible()
    assert len(page.pdf(format="A4")) > 5000
