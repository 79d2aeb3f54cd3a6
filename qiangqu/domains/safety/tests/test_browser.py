"""The visitor's own browser comes to the same draw as the program, for every vector; and the pages are used."""

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.safety import drawing, visiting
from qiangqu.domains.safety.models.inspections import Draw
from qiangqu.domains.safety.terms import Outcome
from qiangqu.ui.tests.browser import needs_browser

from .conftest import opened, set_up
from .test_draw import DRAWS, VECTORS

pytestmark = [pytest.mark.browser, needs_browser]
RIGHT, WRONG = "一致", "与重算结果不符"


def chosen(page: Any, document: Any, commit: str = "") -> str:
    """What the page says of a file."""
    page.fill("#commit", commit)
    text = document if isinstance(document, str) else json.dumps(document)
    page.evaluate("document.getElementById('said').hidden = true")
    page.set_input_files("#file", {"name": "draw.json", "mimeType": "application/json", "buffer": text.encode()})
    page.wait_for_selector("#said:not([hidden])")
    return str(page.inner_text("#said"))


@pytest.mark.django_db(transaction=True)
def test_the_browser_recomputes_every_vector(visit: Any) -> None:
    opened_page = visit(None, reverse("public-draw-verify"))
    page = opened_page.page
    for one in DRAWS.values():
        assert RIGHT in chosen(page, one, one["outputs"]["commit"])
        assert page.inner_text("#found-commit") == one["outputs"]["commit"]
        assert page.evaluate("inputs => QD1.result(inputs)", one["inputs"]) == {
            name: value for name, value in one["outputs"].items() if name != "first_words_subject_major"
        }
        for name in ("drawn", "teams", "commit", "H_subjects"):
            other = one["outputs"] | {name: "x"}
            assert f"{name} {WRONG}" in chosen(page, {"inputs": one["inputs"], "outputs": other})
        assert "事先公布的不同" in chosen(page, one, "0" * 64)
    for nonsense in ("[]", "{", "{}", json.dumps({"inputs": {}, "outputs": {}})):
        assert "不是抽查文件" in chosen(page, nonsense)
    changed = DRAWS["ordinary"]["inputs"] | {"subjects_file": DRAWS["ordinary"]["inputs"]["subjects_file"][1:]}
    assert "不是抽查文件" not in chosen(page, DRAWS["ordinary"])
    assert RIGHT not in chosen(page, {"inputs": changed, "outputs": DRAWS["ordinary"]["outputs"]})
    wanted = VECTORS["primitives"]
    words = "async ([key, label, ks]) => { const n = QD1.words(QD1.unhex(key), label); const f = []; for (const k of ks) f.push(String(await QD1.below(n, BigInt(k)))); return f; }"
    ask = [wanted["key_hex"], wanted["label"]]
    assert page.evaluate(words, [*ask, ["10"] * 8]) == [str(one) for one in wanted["below_10"]]
    assert page.evaluate(words, [*ask, [str(2**63 + 1)] * 4]) == wanted["below_2p63_plus_1"]
    order = page.evaluate(
        "([key, label, ids]) => QD1.shuffled(QD1.unhex(key), label, ids)", [*ask, [f"{n:02d}" for n in range(10)]]
    )
    assert order == wanted["shuffle_00_09"]
    assert opened_page.complaints == [] and opened_page.too_wide() == {}


@pytest.mark.django_db(transaction=True)
def test_a_published_draw_is_checked_from_its_page(visit: Any) -> None:
    world = set_up()
    planner = world["people"]["planner"]
    draw = opened(world)
    for one in draw.visits.all():
        visiting.enter(one, planner, Outcome.NONE, timezone.localdate())
    drawing.publish(draw, planner)
    stranger = visit(None, reverse("public-draw", args=[draw.number]))
    assert stranger.too_wide() == {}
    stranger.page.click("text=在浏览器里验证")
    stranger.page.wait_for_selector("#said:not([hidden])")
    assert RIGHT in stranger.page.inner_text("#said")
    assert stranger.page.inner_text("#found-commit") == draw.commit
    assert stranger.complaints == []
    for address in (reverse("draw", args=[draw.pk]), reverse("draws"), reverse("visits"), reverse("public-draws")):
        shown = visit(planner, address)
        assert shown.too_wide() == {} and shown.complaints == [], address


@pytest.mark.django_db(transaction=True)
def test_a_draw_is_prepared_and_committed_to_by_hand(visit: Any) -> None:
    world = set_up()
    page = visit(world["people"]["planner"], reverse("draw-new")).page
    page.select_option("#id_area", label=str(world["areas"]["Z1"]))
    page.fill("#id_title", "危化企业检查")
    page.fill("#id_as_of", timezone.localdate().isoformat())
    page.fill("#id_quotas", "重大 2\n低：1 家")
    page.fill("#id_value_due", "2199-01-01T08:00")
    page.fill("#id_starts_at", "2199-01-01T09:00")
    page.click("text=保存")
    page.click("button:has-text('承诺')")
    page.wait_for_selector("text=承诺和公开值")
    draw = Draw.objects.get()
    assert draw.state == "committed" and draw.source.startswith("drand:quicknet:")
    assert draw.rules == {"team": 2, "max_load": 3, "quota": [["重大", 2], ["低", 1]]}
    assert draw.commit in page.inner_text("body")
