"""Who signs and examines: people of the body by their posts, and nobody else; the form of a kind sets what
the kind needs; the text is on the signing page.
"""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.cases import references
from qiangqu.domains.office.documents import circulation, drafting, posts
from qiangqu.domains.office.documents.access import body_for, readers
from qiangqu.domains.office.meetings.access import guests
from qiangqu.domains.office.models.documents import BodyPost, Document, IssuingBody
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories

from .conftest import draft
from .test_outgoing import step


def names(found):
    return {one.username for one in found}


@pytest.fixture
def staffed(office):
    """Around the zone there are also an inspector and an administrator of its own, a leader of its city and a
    deputy.
    """
    areas, people = office["areas"], office["people"]
    people["inspector"] = factories.user("inspector", areas["Z1"], "inspector")
    people["keeper"] = factories.user("admin", areas["Z1"], "keeper")
    people["mayor"] = factories.user("leader", areas["C1"], "mayor")
    people["deputy"] = factories.user("leader", areas["Z1"], "deputy")
    return office


def test_without_posts_the_leaders_and_clerks_of_the_very_area_are_offered(staffed):
    body = staffed["bodies"]["Z1"]
    assert names(posts.signers(body)) == names(posts.signers(body, upward=True)) == {"head", "deputy"}
    assert names(posts.reviewers(body)) == {"zone", "zone2"}
    assert names(posts.signers(staffed["bodies"]["R"])) == {"leader"}
    assert names(posts.signers(staffed["bodies"]["Z3"])) == set()


def test_posts_say_who_signs_and_the_head_alone_what_goes_upwards(staffed):
    people, body = staffed["people"], staffed["bodies"]["Z1"]
    posts.appoint(body, people["zone"], "head", "head")
    posts.appoint(body, people["zone"], "deputy", "deputy")
    row = posts.appoint(body, people["zone"], "zone2", "reviewer")
    assert names(posts.signers(body)) == {"head", "deputy"}
    assert names(posts.signers(body, upward=True)) == {"head"}
    assert names(posts.reviewers(body)) == {"zone2"}
    assert posts.appoint(body, people["zone2"], "zone2", "reviewer") == row, "again is the same"
    people["deputy"].posts.update(area=staffed["areas"]["Z2"])
    assert names(posts.signers(body)) == {"head"}, "who has left the body signs no more"
    posts.dismiss(body, people["zone"], row.pk)
    assert names(posts.reviewers(body)) == {"zone", "zone2"}
    trail = AuditEntry.objects.filter(object_type="issuingbody").values_list("action", flat=True)
    assert sorted(trail) == ["post_ended"] + ["post_given"] * 3


def test_only_people_of_the_body_are_appointed_and_only_by_its_office(staffed):
    people, body = staffed["people"], staffed["bodies"]["Z1"]
    for stranger in ("leader", "mayor", "keeper", "inspector", "neighbour", "nobody"):
        with pytest.raises(InputError):
            posts.appoint(body, people["zone"], stranger, "head")
    with pytest.raises(InputError):
        posts.appoint(body, people["zone"], "head", "king")
    for other in ("neighbour", "planner", "head"):
        with pytest.raises(PermissionDenied):
            posts.appoint(body, people[other], "head", "head")
    row = posts.appoint(body, people["zone"], "head", "head")
    with pytest.raises(PermissionDenied):
        posts.dismiss(body, people["neighbour"], row.pk)
    with pytest.raises(NotFoundError):
        posts.dismiss(staffed["bodies"]["Z3"], people["neighbour"], row.pk)
    with pytest.raises(NotFoundError):
        body_for(people["neighbour"], body.pk)


@pytest.mark.parametrize(
    "signer", ["leader", "mayor", "planner", "city", "admin", "keeper", "inspector", "neighbour", "zone2"]
)
def test_nobody_from_outside_the_body_signs_for_it(staffed, signer):
    people = staffed["people"]
    document = drafting.create_draft(draft(staffed["bodies"]["Z1"]), people["zone"])
    with pytest.raises(InputError, match="签发人"):
        drafting.submit(document, people["zone"], "zone2", signer)


@pytest.mark.parametrize("reviewer", ["leader", "admin", "inspector", "city", "neighbour", ""])
def test_nobody_from_outside_the_body_examines_for_it(staffed, reviewer):
    document = drafting.create_draft(draft(staffed["bodies"]["Z1"]), staffed["people"]["zone"])
    with pytest.raises(InputError, match="审核人"):
        drafting.submit(document, staffed["people"]["zone"], reviewer, "head")


def test_the_page_offers_whom_the_act_takes(client, staffed):
    people, body = staffed["people"], staffed["bodies"]["Z1"]
    document = drafting.create_draft(draft(body), people["zone"])
    client.force_login(people["zone"])
    page = client.get(reverse("document", args=[document.pk])).content.decode()

    def offered(name):
        select = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL).group()
        return set(re.findall(r'value="([^"]+)"', select))

    assert offered("signer") == {"head", "deputy"} and offered("reviewer") == {"zone", "zone2"}
    bare = drafting.create_draft(draft(staffed["bodies"]["Z3"]), people["neighbour"])
    client.force_login(people["neighbour"])
    page = client.get(reverse("document", args=[bare.pk])).content.decode()
    assert "还没有可选的审核人或签发人" in page and reverse("document-posts") in page


@pytest.mark.parametrize("kind", ["request", "report", "bill"])
def test_a_request_goes_upwards_without_a_box_to_tick(client, office, kind):
    people, body = office["people"], office["bodies"]["Z1"]
    client.force_login(people["zone"])
    sent = {
        "body": body.pk, "kind": kind, "title": "关于增设站点的请示", "urgency": "normal", "openness": "open",
        "addressees": "试验自治区工业和信息化厅", "text": "拟增设站点一处，详情如下。", "copies_to": "", "remark": "联系人",
    }  # fmt: skip
    assert client.post(reverse("document-new"), sent).status_code == 302
    one = Document.objects.get()
    assert one.upward
    client.post(reverse("document-act", args=[one.pk, "submit"]), {"reviewer": "zone2", "signer": "head"})
    one.refresh_from_db()
    assert one.state == "in_review"


def test_a_draft_stored_before_is_sent_up_all_the_same(office):
    document = drafting.create_draft(
        draft(office["bodies"]["Z1"], kind="request", remark="联系人"), office["people"]["zone"]
    )
    Document.objects.update(upward=False)
    drafting.submit(document, office["people"]["zone"], "zone2", "head")
    document.refresh_from_db()
    assert document.upward


def test_the_text_and_its_annexes_are_on_the_signing_page(client, office):
    people = office["people"]
    document = drafting.create_draft(draft(office["bodies"]["Z1"]), people["zone"])
    case = drafting.submit(document, people["zone"], "zone2", "head")
    for node, who, answers in (("review", "zone2", {"reviewed_as": "同意"}), ("sign", "head", None)):
        client.force_login(people[who])
        page = client.get(reverse("cases-case", args=[case.number])).content.decode()
        assert "请认真办理" in page and "（一）范围" in page, node
        assert page.index("请认真办理") < page.index('class="card qq-desk"'), "what is judged stands before the form"
        if answers:
            step(case, node, people[who], **answers)
    client.force_login(people["planner"])
    assert "请认真办理" not in client.get(reverse("cases-case", args=[case.number])).content.decode(), (
        "a draft of others"
    )


def test_pickers_of_office_work_offer_no_administrator(staffed):
    area, body = staffed["areas"]["Z1"], staffed["bodies"]["Z1"]
    apart = {"admin", "keeper"}
    assert names(readers(body)) & apart == set() and names(guests(area)) & apart == set()
    assert names(references.staff_of(area)) & apart == set()
    assert names(references.people_for({"people": "office_signers"}, area)) == {"head", "deputy"}
    assert names(references.people_for({"people": "office_staff"}, area)) == {"zone", "zone2", "head", "deputy"}
    document = drafting.create_draft(draft(body), staffed["people"]["zone"])
    Document.objects.filter(pk=document.pk).update(state="issued")
    with pytest.raises(InputError):
        circulation.circulate(document, staffed["people"]["zone"], ["keeper"], None)


def test_the_page_of_posts(client, office):
    people, body = office["people"], office["bodies"]["Z1"]
    client.force_login(people["zone"])
    address = reverse("document-posts")
    appoint, dismiss = (reverse("document-posts-act", args=[body.pk, name]) for name in ("appoint", "dismiss"))
    assert "还没有登记岗位" in client.get(address).content.decode()
    assert client.post(appoint, {"person": "head", "post": "head"}).url == address
    row = BodyPost.objects.get()
    refused = client.post(appoint, {"person": "leader", "post": "head"})
    assert refused.status_code == 422 and "请选择本机关人员" in refused.content.decode()
    other = IssuingBody.objects.get(name="西一开发区管委会")
    elsewhere = [reverse("document-posts-act", args=[pk, "appoint"]) for pk in (other.pk, 10**6)]
    for wrong in (*elsewhere, reverse("document-posts-act", args=[body.pk, "anoint"])):
        assert client.post(wrong, {"person": "head", "post": "head"}).status_code == 404, wrong
    for wrong in ("999", "", "x"):
        assert client.post(dismiss, {"end": wrong}).status_code == 404, wrong
    assert client.post(dismiss, {"end": row.pk}).status_code == 302
    row.refresh_from_db()
    assert row.ended_at is not None and row.by == people["zone"]
    client.force_login(people["head"])
    assert client.get(address).status_code == client.post(appoint).status_code == 403
