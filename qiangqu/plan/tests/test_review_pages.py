"""Uploading a document, reviewing it beside its text, taking what was accepted into the plan; hostile
files.
"""

import datetime as dt
import io
import re
import zipfile

import docx
import pytest
from django.utils import timezone
from pypdf import PdfReader, PdfWriter

from qiangqu.messaging.models import Message
from qiangqu.plan import documents, uploads
from qiangqu.plan.compile.readers import MAX_BYTES
from qiangqu.plan.compile.tests.make_files import make_docx
from qiangqu.plan.models import CompiledItem, Plan, PlanDocument, PlanUpload, Target
from qiangqu.plan.pages.documents import WHOLE_TEXT
from qiangqu.registry.models import Area, Role, User
from qiangqu.ui.tests.opened import send
from qiangqu.ui.uploads import safe_name

from .test_documents import TEXT
from .test_pages import enter, text_of
from .test_progress import upload

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.plan.tests.urls")]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def planner(client, people, full):
    return enter(client, people["planner"])


@pytest.fixture
def document(full: Plan, people: dict[str, User]) -> PlanDocument:
    return documents.import_bytes(TEXT.encode(), "意见.txt", area=full.area, user=people["planner"])


def address(one: CompiledItem) -> str:
    return f"/plan/documents/{one.document_id}/items/{one.pk}"


def find(document: PlanDocument, name: str) -> CompiledItem:
    return next(one for one in document.items.all() if name in str(one))


def encrypted_pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    out = io.BytesIO()
    writer.write(out)
    assert PdfReader(io.BytesIO(out.getvalue())).is_encrypted
    return out.getvalue()


def empty_docx() -> bytes:
    out = io.BytesIO()
    docx.Document().save(out)
    return out.getvalue()


def odd_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return out.getvalue()


# ---------------------------------------------------------------- the whole way


def test_from_the_text_to_the_plan(planner, full) -> None:
    sent = planner.post("/plan/documents", {"file": upload("意见.txt", TEXT.encode())})
    document = PlanDocument.objects.get()
    assert sent.status_code == 302 and sent.url == f"/plan/documents/{document.pk}"
    page = text_of(planner.get(sent.url))
    ship = find(document, "船舶产值")
    piece = document.text[ship.start : ship.end]
    assert re.search(rf'<mark [^>]*data-item="{ship.pk}"[^>]*>{re.escape(piece)}</mark>', page), (
        "the span is highlighted"
    )
    assert f'id="item-{ship.pk}"' in page and "把握" in page
    # accept, correct, reject, add
    assert send(planner, address(find(document, "蓝色产业比重")), {"decision": "accepted"}).status_code == 302
    right = {
        "indicator": "船舶产值",
        "comparator": ">",
        "value": "160",
        "unit": "亿元",
        "year": "2033",
        "kind": "level",
    }
    right |= {"effort": "firm", "measure": "0", "decision": "corrected", "target": str(ship.target_id)}
    card = send(planner, address(ship), right, headers=HTMX)
    assert card.status_code == 200 and "更正" in text_of(card) and 'hx-swap-oob="true"' in text_of(card)
    assert send(planner, address(find(document, "新开项目")), {"decision": "rejected"}).status_code == 302
    at = document.text.index("建设创新平台")
    more = {"indicator": "创新平台", "comparator": ">=", "value": "7", "unit": "个", "year": "2033", "kind": "count"}
    more |= {"effort": "strive", "kind_of_item": "target", "start": at, "end": at + 6}
    added = planner.post(f"/plan/documents/{document.pk}/add", more, headers=HTMX)
    assert added.status_code == 204 and added.headers["HX-Refresh"] == "true"
    new = document.items.get(decision="added")
    assert documents.document_piece(new) == "建设创新平台"
    done = planner.post(f"/plan/documents/{document.pk}/apply", follow=True)
    assert "已写入计划：新增目标 1 项，更正 1 项" in text_of(done)
    assert (Target.objects.get(code="A1").value, Target.objects.get(code="B2").value) == (160.0, 120.0)
    assert Target.objects.get(name="创新平台").effort == "strive"
    shown = text_of(planner.get("/plan/targets/A1"))
    assert "＞160" in shown and f"/plan/documents/{document.pk}#item-{ship.pk}" in shown


def test_a_document_without_plan_makes_one(client, people, full) -> None:
    Target.objects.all().delete()
    Plan.objects.get().measures.all().delete()
    Plan.objects.all().delete()
    client = enter(client, people["planner"])
    client.post("/plan/documents", {"file": upload("意见.txt", TEXT.encode())})
    document = PlanDocument.objects.get()
    page = text_of(client.get(f"/plan/documents/{document.pk}"))
    assert 'name="target_year" value="2033"' in page
    client.post(f"/plan/documents/{document.pk}/accept-sure")
    years = {"base_year": "2033", "start_year": "2031", "target_year": "2033"}
    wrong = client.post(f"/plan/documents/{document.pk}/apply", years, follow=True)
    assert "应依次不减" in text_of(wrong) and Plan.objects.count() == 0
    right = client.post(f"/plan/documents/{document.pk}/apply", years | {"base_year": "2030"}, follow=True)
    assert "已写入计划" in text_of(right) and Plan.objects.get().targets.count() > 0


def test_items_open_without_script(planner, document) -> None:
    ship = find(document, "船舶产值")
    page = text_of(planner.get(f"{address(ship)}?edit=1"))
    assert "<!doctype html>" in page and 'value="150"' in page and 'name="decision" value="corrected"' in page
    assert "<!doctype html>" not in text_of(planner.get(f"{address(ship)}?edit=1", headers=HTMX))
    task = find(document, "壮大船舶工业")
    form = text_of(planner.get(f"{address(task)}?edit=1"))
    assert "省工业厅、东湾市人民政府、无此单位局" in form
    add = text_of(planner.get(f"/plan/documents/{document.pk}/add?start=0&end=9"))
    assert "<!doctype html>" in add and document.text[:9] in add


@pytest.mark.one_database  # refused before anything is asked
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("value", "很多", "不是数字"),
        ("value", "1e400", "超出范围"),
        ("year", "", "应是"),
        ("indicator", "", "请写指标名称"),
        ("kind", "nonsense", "没有这种类型"),
        ("value_max", "1", "上限应大于目标值"),
        ("target", "999999", "没有这个目标"),
    ],
)
def test_a_wrong_correction_is_answered_with_the_input_kept(planner, document, field, value, sentence) -> None:
    ship = find(document, "船舶产值")
    given = {"indicator": "甲产值", "comparator": ">=", "value": "5", "unit": "亿元", "year": "2033", "kind": "level"}
    given |= {"effort": "firm", "measure": "0", "decision": "corrected", field: value}
    for headers in ({}, HTMX):
        response = send(planner, address(ship), given, headers=headers)
        assert response.status_code == 422 and sentence in text_of(response)
        assert field == "indicator" or "甲产值" in text_of(response)
    ship.refresh_from_db()
    assert ship.decision == "pending" and ship.corrected is None


def test_wrong_additions_are_refused(planner, document) -> None:
    place = f"/plan/documents/{document.pk}/add"
    whole = {"indicator": "甲", "value": "1", "year": "2033", "kind_of_item": "target", "start": "0", "end": "3"}
    for change in ({"end": str(10**7)}, {"year": "33"}, {"indicator": "甲" * 200}):
        response = planner.post(place, whole | change, headers=HTMX)
        assert response.status_code == 422 and "alert-danger" in text_of(response)
    assert planner.post(place, whole | {"kind_of_item": "poem"}).status_code == 404
    assert document.items.filter(decision="added").count() == 0
    task = {
        "kind_of_item": "task",
        "no": "9",
        "title": "扩大出口",
        "units": "省工业厅，海澜省科技厅",
        "start": "0",
        "end": "4",
    }
    assert planner.post(place, task).status_code == 302
    assert document.items.get(decision="added").data["units"] == ["省工业厅", "海澜省科技厅"]


def test_a_service_standard_is_marked_so(planner, full, people) -> None:
    text = TEXT + "到2033年，为每名船员每年免费提供2次体检。\n"
    one = documents.import_bytes(text.encode(), "服务.txt", area=full.area, user=people["planner"])
    page = text_of(planner.get(f"/plan/documents/{one.pk}"))
    assert "服务标准" in page and "服务标准不计为目标；采纳后才作为新目标写入" in page
    planner.post(f"/plan/documents/{one.pk}/accept-sure")
    assert one.items.get(found__has_key="standard").decision == "pending"


def test_the_least_sure_come_first_and_items_are_found_on_their_page(planner, document) -> None:
    sure = [one.confidence for one in document.items.all()]
    page = text_of(planner.get(f"/plan/documents/{document.pk}"))
    order = [CompiledItem.objects.get(pk=int(pk)).confidence for pk in re.findall(r'data-item-card="(\d+)"', page)]
    assert order == sorted(sure)
    many = [
        CompiledItem(
            document=document, kind="target", position=100 + n, found={"indicator": f"第{n}项"}, start=0, end=0
        )
        for n in range(250)
    ]
    CompiledItem.objects.bulk_create(many)
    last = document.items.order_by("-position").first()
    assert f'id="item-{last.pk}"' not in text_of(planner.get(f"/plan/documents/{document.pk}"))
    assert f'id="item-{last.pk}"' in text_of(planner.get(f"/plan/documents/{document.pk}?item={last.pk}"))
    for odd in ("page=999", "page=x", "item=-1", "sort=%00", "show=%3Cb%3E"):
        assert planner.get(f"/plan/documents/{document.pk}?{odd}").status_code == 200, odd


@pytest.mark.one_database  # it shows what others ask for
def test_a_long_text_is_shown_in_pieces_around_each_item(planner, full, people) -> None:
    padding = "各有关单位要认真落实，不得推诿。\n" * (WHOLE_TEXT // 16 + 10)
    document = documents.import_bytes((TEXT + padding).encode(), "长.txt", area=full.area, user=people["planner"])
    page = text_of(planner.get(f"/plan/documents/{document.pk}"))
    assert "不整篇显示" in page and "<blockquote" in page and "data-review-text" not in page and len(page) < 120_000


def test_documents_of_one_area_are_listed_for_that_area(planner, full, people, document) -> None:
    east = Area.objects.get(code="990100")
    documents.import_bytes(TEXT.encode() + b" ", "东湾.txt", area=east, user=people["planner"])
    page = text_of(planner.get("/plan/documents"))
    assert "东湾.txt" in page and "意见.txt" in page
    page = text_of(planner.get("/plan/documents?area=990100"))
    assert "东湾.txt" in page and "意见.txt" not in page


# ---------------------------------------------------------------- hostile files


@pytest.mark.one_database  # refused before anything is asked
@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("空.txt", b"", "空"),
        ("空白.txt", b" \n\n ", "文件是空的"),
        ("程序.txt", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 9, "内容与扩展名"),
        ("图.png", b"\x89PNG\r\n", "不支持"),
        ("没有扩展名", b"text", "不支持"),
        ("坏.docx", b"PK\x03\x04broken", "内容与扩展名"),
        ("加密.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        ("压缩包.docx", odd_zip(), "内容与扩展名"),
        ("空文档.docx", empty_docx(), "没有可读的文字"),
        ("坏.pdf", b"%PDF-1.4 nothing", "PDF"),
        ("加密.pdf", encrypted_pdf(), "密码"),
        ("大.txt", b"a" * (MAX_BYTES + 1), "10 MB"),
        ("长.txt", "一".encode() * 600_000, "万字"),
        ("<img src=x onerror=alert(1)>.txt", b"", "空"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_in_a_sentence(planner, name, data, sentence) -> None:
    response = planner.post("/plan/documents", {"file": upload(name, data)})
    if response.status_code == 302:  # not refused at sight: opened beside the request
        assert uploads.run(PlanUpload.objects.get().pk)
        page = text_of(planner.get(response.url))
    else:
        page = text_of(response)
        assert response.status_code == 422 and not PlanUpload.objects.exists()
    said = re.search(r'<div class="alert alert-danger[^"]*" role="alert">(.*?)</div>', page, re.DOTALL)
    assert said is not None
    assert sentence in said.group(1) and safe_name(name).split(".")[0] in said.group(1)
    assert "<img src=x" not in page
    assert PlanDocument.objects.count() == 0 and CompiledItem.objects.count() == 0


def word_file(text: str = TEXT) -> bytes:
    return make_docx(text.split("\n"))


def test_a_word_file_is_compiled_beside_the_request(planner, people) -> None:
    sent = planner.post("/plan/documents", {"file": upload("意见.docx", word_file())})
    assert (sent.status_code, sent.url) == (302, "/plan/documents") and not PlanDocument.objects.exists()
    waiting = text_of(planner.get(sent.url))
    assert "意见.docx" in waiting and "等待编译" in waiting and 'hx-get="/plan/documents/uploads"' in waiting
    assert "HX-Refresh" not in planner.get("/plan/documents/uploads").headers
    job = PlanUpload.objects.get()
    assert uploads.run(job.pk) and not uploads.run(job.pk), "done once"
    document = PlanDocument.objects.get()
    assert document.items.count() > 3 and not uploads.file_of(job).exists()
    assert planner.get("/plan/documents/uploads").headers["HX-Refresh"] == "true"
    message = Message.objects.get(user=people["planner"])
    assert message.url == f"/plan/documents/{document.pk}" and "待审核" in message.subject
    again = planner.post("/plan/documents", {"file": upload("又.docx", word_file())})
    job.refresh_from_db()
    assert PlanDocument.objects.count() == 1 and job.document == document
    assert again.url in ("/plan/documents", f"/plan/documents/{document.pk}")


def test_an_upload_that_fails_tells_its_sender_and_nobody_else(planner, people, client) -> None:
    planner.post("/plan/documents", {"file": upload("坏.docx", empty_docx())})
    assert uploads.run(PlanUpload.objects.get().pk)
    assert [(one.user, one.subject) for one in Message.objects.all()] == [(people["planner"], "文件未能编译：坏.docx")]
    other = User.objects.create(username="city2", password="!", role=Role.PLANNER, area=Area.objects.get(code="990000"))
    assert "坏.docx" not in text_of(enter(client, other).get("/plan/documents"))


def test_an_upload_whose_worker_died_is_taken_up_again_a_few_times(planner, settings) -> None:
    planner.post("/plan/documents", {"file": upload("意见.docx", word_file())})
    job = PlanUpload.objects.get()
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    PlanUpload.objects.update(status="reading", beat_at=timezone.now(), tries=1)
    assert not uploads.run(job.pk), "another one is at it"
    PlanUpload.objects.update(beat_at=long_ago)
    assert uploads.run(job.pk) and PlanDocument.objects.count() == 1
    PlanUpload.objects.update(status="reading", beat_at=long_ago, tries=uploads.MAX_TRIES)
    assert uploads.run(job.pk)
    assert "中途停止" in PlanUpload.objects.get().error


def test_only_a_few_files_wait_at_once(planner) -> None:
    for number in range(uploads.MAX_WAITING):
        assert (
            planner.post("/plan/documents", {"file": upload("a.docx", word_file(f"第{number}份"))}).status_code == 302
        )
    refused = planner.post("/plan/documents", {"file": upload("a.docx", word_file("再一份"))})
    assert refused.status_code == 422 and "请等它们完成" in text_of(refused)


@pytest.mark.one_database  # refused before anything is asked
def test_no_file_at_all(planner) -> None:
    response = planner.post("/plan/documents")
    assert response.status_code == 422 and "请选择一个文件" in text_of(response)


def test_text_with_markup_is_compiled_and_shown_as_text(planner) -> None:
    text = TEXT.replace("船舶产值", "<script>alert(1)</script>船舶产值")
    planner.post("/plan/documents", {"file": upload("脚本.txt", text.encode())})
    page = text_of(planner.get(f"/plan/documents/{PlanDocument.objects.get().pk}"))
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_planner_of_a_city_does_not_write_into_the_provinces_plan(client, full) -> None:
    user = User.objects.create(username="city", password="!", role=Role.PLANNER, area=Area.objects.get(code="990100"))
    client = enter(client, user)
    client.post("/plan/documents", {"file": upload("意见.txt", TEXT.encode())})
    document = PlanDocument.objects.get()
    assert document.plan == full and "/apply" not in text_of(client.get(f"/plan/documents/{document.pk}"))
    client.post(f"/plan/documents/{document.pk}/accept-sure")
    assert client.post(f"/plan/documents/{document.pk}/apply").status_code == 403
    assert Target.objects.get(code="A1").value == 133.1


def test_a_nul_in_a_correction_is_left_out(planner, document) -> None:
    ship = find(document, "船舶产值")
    given = {"indicator": "甲\x00产值", "value": "5", "unit": "亿元\x00", "year": "2033", "decision": "corrected"}
    assert send(planner, address(ship), given, headers=HTMX).status_code == 200
    ship.refresh_from_db()
    assert (ship.data["indicator"], ship.data["unit"]) == ("甲产值", "亿元")
