"""Lists on a phone, in a real browser: cards, nothing that matters beside the screen; filters and views by
hand.
"""

import pytest
from playwright.sync_api import expect

from qiangqu.ui.models import SavedView
from qiangqu.ui.tests.browser import needs_browser

from .test_lists import Scene

pytestmark = [pytest.mark.browser, needs_browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    ("zone", "/environment/exceedances"),
    ("zone", "/environment/waste?year=2026"),
    ("zone", "/alarms?shown=all"),
    ("zone", "/cases/?list=todo"),
    ("zone", "/office/documents/?list=out"),
    ("zone", "/office/meetings/?list=all"),
    ("planner", "/organisations/"),
    ("planner", "/projects/"),
]

#: what of a list lies beside the window, by text; what is hidden from everybody but a screen reader does not
#: count
BESIDE = """() => [...document.querySelectorAll('.qq-list td')]
  .filter((cell) => cell.offsetParent && (cell.getBoundingClientRect().right > innerWidth || cell.getBoundingClientRect().left < 0))
  .map((cell) => cell.innerText)"""


def test_lists_are_cards_on_a_phone_and_tables_beside_it(transactional_db, visit):
    scene = Scene()
    for who, path in PAGES:
        found = visit(scene.people[who], path, 390)
        assert found.overflow <= 0 and found.page.evaluate(BESIDE) == [], path
        assert found.page.evaluate("getComputedStyle(document.querySelector('.qq-list tbody tr')).display") == "grid"
        assert found.page.evaluate(
            "[...document.querySelectorAll('.qq-list .table-responsive, .table-responsive.qq-list')].every((e) => e.scrollWidth <= e.clientWidth)"
        ), path
        expect(found.page.locator(".qq-list td.is-name").first).to_be_visible()
        assert found.complaints == [], path
        assert found.too_wide() == {}, path


def test_filter_sort_and_save_by_hand(transactional_db, visit):
    scene = Scene()
    page = visit(scene.people["zone"], "/environment/waste?year=2026", 390).page
    page.click("[data-toggle-filters]")
    page.select_option("#f-act", "generated")
    expect(page.locator("#list-rows")).to_contain_text("共 3 条")
    page.click("text=列与排序")
    page.select_option("#list-sort", "tonnes")
    page.wait_for_url("**sort=tonnes**")
    page.keyboard.press("Escape")
    page.click("text=保存视图")
    page.fill("#list-view", "产生量")
    page.click("#list-view + button")
    expect(page.locator(".qq-chip")).to_contain_text("产生量")
    kept = SavedView.objects.get().query
    assert "act=generated" in kept and "sort=tonnes" in kept and "year=2026" in kept
