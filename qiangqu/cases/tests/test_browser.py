"""In a real browser: the phone, and a form half filled when the connection goes."""

import pytest

from qiangqu.cases import acts
from qiangqu.cases.models import Case
from qiangqu.ui.tests.browser import needs_browser

EARLY = 8  # takes long: begins before others

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]


def opened(scene):
    data = {"title": "年产两万吨锂离子电池正极材料前驱体扩产项目", "amount": 5, "note": "长" * 300}
    return acts.open_case("approval", data, area=scene["areas"]["Z1"], user=scene["people"]["zone"]).case


def test_no_page_is_wider_than_the_window_or_complains(open_scene, visit):
    case = opened(open_scene)
    pages = [("zone", "/cases/"), ("zone", f"/cases/case/{case.number}/"), ("zone", "/cases/start/"), ("zone", "/cases/start/approval/"),
             ("zone", "/cases/statistics/"), ("planner", "/cases/?list=all"), ("planner", f"/cases/case/{case.number}/"), ("zone", "/messages/"),
             ("zone", "/messages/settings"), ("planner", "/cases/kinds/approval/"), (None, "/service/"), (None, "/service/query")]  # fmt: skip
    for who, path in pages:
        found = visit(open_scene["people"][who] if who else None, path)
        assert found.too_wide() == {}, path
        assert found.complaints == [], path


def test_a_form_half_filled_survives_a_lost_connection(open_scene, visit):
    case = opened(open_scene)
    step = case.steps.get(status="open")
    page = visit(open_scene["people"]["zone"], f"/cases/case/{case.number}/", 390).page
    page.check("input[name=accepted][value=受理]")
    page.fill(f"#opinion-{step.pk}", "现场看过，同意受理")
    page.context.set_offline(True)
    page.click("text=办结这一步")
    page.wait_for_selector(".qq-draft:not([hidden])")
    assert "网络断开" in page.inner_text(f"#step-{step.pk} .qq-draft")
    assert Case.objects.get().steps.get(pk=step.pk).status == "open"
    # the phone is switched off and on again
    page.context.set_offline(False)
    page.goto(page.url, wait_until="networkidle")
    assert page.input_value(f"#opinion-{step.pk}") == "现场看过，同意受理"
    assert page.is_checked("input[name=accepted][value=受理]")
    assert "已恢复" in page.inner_text(f"#step-{step.pk} .qq-draft")
    page.click("text=办结这一步")
    page.wait_for_selector("text=已办结")
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('qq-draft:')).length") == 0
    assert Case.objects.get().opinions.get(text="现场看过，同意受理").user.username == "zone"


def test_a_draft_is_not_shown_to_the_next_user_of_the_device(open_scene, visit, client, live_server):
    case = opened(open_scene)
    step = case.steps.get(status="open")
    page = visit(open_scene["people"]["zone"], f"/cases/case/{case.number}/").page
    page.fill(f"#opinion-{step.pk}", "只有我该看到")
    client.force_login(open_scene["people"]["zone2"])
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(page.url, wait_until="networkidle")
    assert page.input_value(f"#opinion-{step.pk}") == ""
    assert "只有我该看到" not in page.evaluate("JSON.stringify(localStorage)")


def test_files_go_up_from_a_phone_each_with_its_bar(open_scene, visit):
    case = opened(open_scene)
    page = visit(open_scene["people"]["zone"], f"/cases/case/{case.number}/", 390).page
    field = "#files-said"
    pdf = {"mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"}
    page.set_input_files(field, [{"name": f"{n}.pdf", **pdf} for n in range(11)])
    assert "最多上传 10 个" in page.inner_text(f"[data-upload]:has({field}) [data-said]")
    assert page.evaluate("document.querySelector('#files-said').checkValidity()") is False
    page.set_input_files(field, [{"name": "甲.pdf", **pdf}, {"name": "乙.pdf", **pdf}])
    assert page.locator(f"[data-upload]:has({field}) progress").count() == 2
    page.route("**/opine*", lambda route: route.abort())  # the connection breaks on the way
    page.click("text='添加'")
    page.wait_for_selector("text=没有传完")
    page.unroute("**/opine*")
    page.click("text='添加'")
    page.wait_for_selector("text=已添加")
    assert page.url.endswith(f"/cases/case/{case.number}/")
    assert sorted(case.attachments.values_list("name", flat=True)) == ["乙.pdf", "甲.pdf"]
    # the page that came is whole: its scripts run
    page.click(".qq-burger")
    assert page.evaluate("document.body.classList.contains('qq-side-open')")
