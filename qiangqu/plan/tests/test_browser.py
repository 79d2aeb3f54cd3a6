"""The plan's pages in a real browser: they fit the window, the console is silent, the review works with mouse
and keys.
"""

import pytest

from qiangqu.plan import documents
from qiangqu.plan.models import PlanDocument
from qiangqu.ui.tests.browser import needs_browser

from .test_documents import TEXT

EARLY = 10  # takes long: begins before others

pytestmark = [
    pytest.mark.browser,
    needs_browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("qiangqu.plan.tests.urls"),
]
DAY = "as_of=2032-12-31"


@pytest.fixture
def document(full, people) -> PlanDocument:
    return documents.import_bytes(TEXT.encode(), "意见.txt", area=full.area, user=people["planner"])


def test_pages_fit_the_window_and_the_console_is_silent(visit, people, document) -> None:
    first = document.items.first()
    pages = (
        "/cockpit",
        "/plan/targets",
        "/plan/targets/C1",
        "/plan/measures",
        "/plan/measures/1",
        "/plan/units",
        "/plan/units/H-IND",
        "/plan/briefing",
        "/plan/documents",
        f"/plan/documents/{document.pk}",
        f"/plan/documents/{document.pk}/items/{first.pk}?edit=1",
        "/plan/targets/A1/edit",
        "/plan/targets/A1/divide",
    )
    for path in pages:
        if path == "/plan/targets/C1":
            path = "/plan/targets/A5"  # without a value: nothing is asked of the lake
        seen = visit(people["planner"], f"{path}{'&' if '?' in path else '?'}{DAY}")
        assert seen.too_wide() == {}, path
        assert seen.complaints == [], path


def test_the_wall_fits_its_screen(visit, people, full) -> None:
    page = visit(people["leader"], f"/cockpit?{DAY}", 1920).page
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    assert page.locator(".wall-light").count() == 2


def test_a_piece_of_the_text_leads_to_its_item_and_is_decided(visit, people, document) -> None:
    seen = visit(people["planner"], f"/plan/documents/{document.pk}")
    page = seen.page
    mark = page.locator("mark[data-item]").first
    pk = mark.get_attribute("data-item")
    mark.click()
    card = page.locator(f"#item-{pk}")
    assert "is-shown" in card.get_attribute("class")
    card.get_by_role("button", name="更正").or_(card.get_by_role("link", name="更正")).click()
    card.locator("[name=value]").fill("很多")
    card.get_by_role("button", name="保存更正").click()
    page.wait_for_selector(f"#item-{pk} .alert-danger")
    card.locator("[name=value]").fill("151")
    card.get_by_role("button", name="保存更正").click()
    page.wait_for_selector(f"#item-{pk}[data-state=corrected]")
    assert page.locator(f'mark[data-item="{pk}"]').first.get_attribute("data-state") == "corrected"
    assert "更正 1" in page.locator("#item-counts").inner_text()
    assert document.items.get(pk=pk).data["value"] == 151
    # the refused correction is the only thing that the console speaks of
    assert all("422" in said for said in seen.complaints)


def test_a_selected_piece_is_added_with_its_place(visit, people, document) -> None:
    PlanDocument.objects.update(text="𠮷" + document.text)  # two UTF-16 units, one character
    page = visit(people["planner"], f"/plan/documents/{document.pk}").page
    wanted = "深海装备产值"
    page.evaluate(
        """(wanted) => {
            const walker = document.createTreeWalker(document.querySelector("[data-review-text]"), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(wanted);
                if (at < 0) continue;
                getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + wanted.length);
                return;
            }
        }""",
        wanted,
    )
    page.get_by_role("button", name="补充为目标").click()
    page.wait_for_selector("#plan-drawer form")
    assert wanted in page.locator("#plan-drawer blockquote").inner_text()
    page.locator("#plan-drawer [name=indicator]").fill(wanted)
    page.locator("#plan-drawer [name=value]").fill("20")
    page.locator("#plan-drawer").get_by_role("button", name="补充", exact=True).click()
    page.wait_for_selector(".qq-messages")
    added = document.items.get(decision="added")
    text = PlanDocument.objects.get().text
    assert text[added.start : added.end] == wanted
