"""Documents that come in: signed for, sent back, handled, read, filed."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.cases import acts
from qiangqu.domains.office.documents import archive, circulation, drafting, incoming
from qiangqu.domains.office.documents.terms import DeliveryState, DocumentState
from qiangqu.domains.office.models.documents import Delivery, Document
from qiangqu.messaging.models import Message
from qiangqu.records.attachments import attach, share
from qiangqu.records.checking import checked
from qiangqu.records.fields import attachments_of

from .conftest import draft, receipt
from .test_outgoing import step


@pytest.fixture
def issued(office):
    """A document of the region's bureau, issued."""
    people = office["people"]
    document = drafting.create_draft(draft(office["bodies"]["R"], urgency="urgent"), people["planner"])
    case = drafting.submit(document, people["planner"], "planner", "leader")
    step(case, "review", people["planner"], reviewed_as="approve")
    step(case, "sign", people["leader"], signing="approve")
    step(case, "register", people["planner"], checked="passed")
    document.refresh_from_db()
    return document


def test_what_is_sent_is_signed_for_once_and_registered_there(office, issued):
    people, bodies = office["people"], office["bodies"]
    circulation.deliver(issued, people["planner"], [bodies["Z1"].pk], [bodies["Z3"].pk], "某协会")
    to_zone = Delivery.objects.get(to=bodies["Z1"])
    assert Message.objects.filter(user=people["zone"], subject__contains="请签收").exists()
    with pytest.raises(NotFoundError):
        incoming.delivery_for(people["neighbour"], to_zone.pk)
    with pytest.raises(PermissionDenied):
        incoming.sign_for(to_zone, people["neighbour"])
    made = incoming.sign_for(to_zone, people["zone"])
    assert Message.objects.get(subject__startswith="已签收").user == people["planner"], "the sender waits for it"
    again = incoming.sign_for(to_zone, people["zone2"])
    assert Message.objects.filter(subject__startswith="已签收").count() == 1
    assert again == made and Document.objects.filter(direction="in").count() == 1
    assert (made.number, made.sender, made.text) == (issued.number, issued.body.name, issued.text)
    assert made.receipt == f"收〔{dt.date.today().year}〕1号"
    to_zone.refresh_from_db()
    assert (to_zone.state, to_zone.answered_by) == (DeliveryState.RECEIVED, people["zone"])
    assert set(issued.deliveries.values_list("name", "state")) == {
        (bodies["Z1"].name, "received"),
        (bodies["Z3"].name, "sent"),
        ("某协会", "outside"),
    }
    with pytest.raises(InputError, match="没有分送过"):
        circulation.deliver(issued, people["planner"], [bodies["Z1"].pk])


def test_a_paper_copy_entered_before_is_not_registered_twice(office, issued):
    people, bodies = office["people"], office["bodies"]
    by_hand = incoming.register(receipt(bodies["Z1"], sender=issued.body.name, number=issued.number), people["zone"])
    with pytest.raises(ConflictError, match="已经登记过"):
        incoming.register(receipt(bodies["Z1"], sender=issued.body.name, number=f" {issued.number} "), people["zone2"])
    made = circulation.deliver(issued, people["planner"], [bodies["Z1"].pk])
    assert incoming.sign_for(made[0], people["zone"]) == by_hand


def test_what_does_not_belong_here_goes_back_with_a_reason(office, issued):
    people, bodies = office["people"], office["bodies"]
    circulation.deliver(issued, people["planner"], [bodies["Z1"].pk, bodies["Z3"].pk])
    to_zone, to_other = Delivery.objects.get(to=bodies["Z1"]), Delivery.objects.get(to=bodies["Z3"])
    with pytest.raises(InputError, match="理由"):
        incoming.refuse(to_other, people["neighbour"], " ")
    incoming.refuse(to_other, people["neighbour"], "不属我区办理")
    with pytest.raises(ConflictError):
        incoming.sign_for(to_other, people["neighbour"])
    made = incoming.sign_for(to_zone, people["zone"])
    case = incoming.start_handling(made, people["zone"], dt.date.today() + dt.timedelta(days=9))
    step(case, "propose", people["zone"], route="return", proposal="应由市局办理")
    made.refresh_from_db()
    to_zone.refresh_from_db()
    assert (made.state, to_zone.state, to_zone.reason) == ("sent_back", "returned", "应由市局办理")
    assert Message.objects.filter(user=people["planner"], subject__startswith="退文").count() == 2


def test_a_document_is_proposed_instructed_and_handled(office):
    people = office["people"]
    made = incoming.register(receipt(office["bodies"]["Z1"], urgency="urgent"), people["zone"])
    with pytest.raises(InputError, match="明确办结日期"):
        incoming.start_handling(made, people["zone"], None)
    case = incoming.start_handling(made, people["zone"], dt.date.today() + dt.timedelta(days=5))
    case.refresh_from_db()
    assert case.due_on == dt.date.today() + dt.timedelta(days=5)
    with pytest.raises(InputError, match="批示的领导"):
        step(case, "propose", people["zone"], route="submit", proposal="请示领导")
    step(case, "propose", people["zone"], route="submit", proposal="请示领导", leader="head")
    step(case, "instruct", people["head"], instruction="assign", handler="zone2")
    step(case, "handle", people["zone2"], result_text="已报送", answered="answered")
    made.refresh_from_db()
    assert made.state == DocumentState.DONE
    with pytest.raises(ConflictError):
        incoming.start_handling(made, people["zone"], None)


def test_reading_is_recorded_and_waited_for(office):
    people = office["people"]
    made = incoming.register(receipt(office["bodies"]["Z1"]), people["zone"])
    assert circulation.circulate(made, people["zone"], ["head", "zone2"], None) == 2
    assert circulation.circulate(made, people["zone"], ["head"], None) == 0
    with pytest.raises(InputError, match="不能阅读"):
        circulation.circulate(made, people["zone"], ["neighbour"], None)
    with pytest.raises(PermissionDenied):
        circulation.confirm_read(made, people["zone"], "")
    with pytest.raises(ConflictError, match="还没有阅毕"):
        incoming.put_on_file(made, people["zone"])
    circulation.note_opened(made, people["head"])
    row = circulation.confirm_read(made, people["head"], "请企业科研究")
    assert row.opened_at is not None and row.opened_at <= row.read_at
    with pytest.raises(ConflictError):
        circulation.confirm_read(made, people["head"], "")
    assert circulation.remind(made, people["zone"]) == 1
    circulation.confirm_read(made, people["zone2"], "")
    assert incoming.put_on_file(made, people["zone"]).state == DocumentState.DONE


def test_archive_codes_run_without_gaps_by_year_and_period(office):
    people = office["people"]
    made = []
    for n in range(3):
        one = incoming.register(
            receipt(office["bodies"]["Z1"], number=f"文〔2025〕{n}号", dated=dt.date(2025, 3, n + 1)), people["zone"]
        )
        made.append(incoming.put_on_file(one, people["zone"]))
    first = archive.file_all(made[:1], "D30", people["zone"])[0]
    assert first.archive_code == "Z101-WS·2025-D30-0001"
    # all or none: one that is filed already undoes the lot, and its numbers with it
    with pytest.raises(ConflictError):
        archive.file_all([made[1], made[0]], "D30", people["zone"])
    done = archive.file_all(made[1:], "D30", people["zone"])
    assert [one.archive_code[-4:] for one in done] == ["0002", "0003"]
    other = incoming.put_on_file(
        incoming.register(receipt(office["bodies"]["Z3"], dated=dt.date(2025, 1, 1)), people["neighbour"]),
        people["neighbour"],
    )
    with pytest.raises(InputError, match="全宗号"):
        archive.file_all([other], "Y", people["neighbour"])
    with pytest.raises(PermissionDenied):
        archive.file_all([other], "Y", people["zone"])
    rows = list(archive.catalogue(archive.filed([office["bodies"]["Z1"]])))
    assert [row[0] for row in rows] == [1, 2, 3] and rows[0][1] == "Z101-WS·2025-D30-0001"


def test_a_withdrawn_handling_can_begin_again(office):
    people = office["people"]
    made = incoming.register(receipt(office["bodies"]["Z1"]), people["zone"])
    case = incoming.start_handling(made, people["zone"], None)
    acts.withdraw(case, people["zone"], "登记错了")
    made.refresh_from_db()
    assert made.state == DocumentState.REGISTERED
    assert incoming.start_handling(made, people["zone"], None).number != case.number


def test_who_asked_hears_when_all_have_read(office):
    people = office["people"]
    came = incoming.register(receipt(office["bodies"]["Z1"]), people["zone"])
    circulation.circulate(came, people["zone"], ["head", "zone2"], None)
    circulation.confirm_read(came, people["head"], "")
    assert not Message.objects.filter(subject__startswith="都已阅毕").exists()
    circulation.confirm_read(came, people["zone2"], "")
    assert [one.user for one in Message.objects.filter(subject__startswith="都已阅毕")] == [people["zone"]]


def test_what_comes_with_a_document_keeps_to_the_number_of_files_that_one_may_have(office, issued, monkeypatch):
    people, body = office["people"], office["bodies"]["Z1"]
    attach(issued, [checked(f"{n}.pdf", b"%%PDF-1.4 %d" % n) for n in range(2)], people["planner"])
    by_hand = incoming.register(
        receipt(body, sender=issued.body.name, number=issued.number),
        people["zone"],
        [checked("1.pdf", b"%PDF-1.4 1"), checked("扫描件.pdf", b"%PDF-1.4 x")],
    )
    row = circulation.deliver(issued, people["planner"], [body.pk])[0]
    monkeypatch.setattr(attachments_of(Document), "most", 2)
    with pytest.raises(InputError, match="最多 2 个附件：已有 2 个，不能再放入 1 个"):
        incoming.sign_for(row, people["zone"])
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT and by_hand.files.count() == 2
    monkeypatch.setattr(attachments_of(Document), "most", 3)
    assert incoming.sign_for(row, people["zone"]) == by_hand
    assert sorted(one.name for one in by_hand.kept_files) == ["0.pdf", "1.pdf", "扫描件.pdf"]
    # one that was taken off is not brought back, and takes no room
    by_hand.files.filter(name="0.pdf").update(removed_at=timezone.now())
    monkeypatch.setattr(attachments_of(Document), "most", 2)
    share(issued.kept_files, by_hand)
    assert by_hand.kept_files.count() == 2
