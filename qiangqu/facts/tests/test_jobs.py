"""From upload to batch: what was previewed is what is imported; hostile files get a sentence."""

import io
import uuid
import zipfile
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from qiangqu.facts import jobs
from qiangqu.facts.importing import commit
from qiangqu.facts.models import Fact, FactBatch, ImportJob, JobStatus
from qiangqu.facts.store import ingest
from qiangqu.registry.models import AuditEntry
from qiangqu.ui import background

from .conftest import fact_table

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.facts.tests.urls")]
GOOD = "要素,区域,时期,数值,单位\n工业总产值,甲园区,2024,12,亿元\n工业总产值,甲园区,2023,110000,万元\n"


def _upload(client, content, name="表.csv"):
    data = content.encode() if isinstance(content, str) else content
    return client.post("/facts/imports/", {"file": SimpleUploadedFile(name, data)})


def _checked(client, content, name="表.csv"):
    assert _upload(client, content, name).status_code == 302
    job = ImportJob.objects.latest("id")
    assert jobs.run(job.pk)
    job.refresh_from_db()
    return job


def _book(*rows, prepare=lambda sheet: None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    prepare(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEAD = ["要素", "区域", "时期", "数值", "单位"]


def test_upload_preview_confirm_commit(land):
    client = land.client(land.staff_a)
    job = _checked(client, GOOD)
    assert (job.status, job.preview["new"]) == (JobStatus.READY, 2)
    assert not Fact.objects.exists()
    page = client.get(f"/facts/imports/{job.token}/").content.decode()
    assert "确认导入" in page
    assert client.post(f"/facts/imports/{job.token}/confirm", {"sha256": "0" * 64}).status_code == 409
    client.post(f"/facts/imports/{job.token}/confirm", {"sha256": job.sha256})
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.batch.rows, job.batch.user) == (JobStatus.DONE, 2, land.staff_a)
    assert sorted(Fact.objects.values_list("value", flat=True)) == [11.0, 12.0]
    assert "查看批次" in client.get(f"/facts/imports/{job.token}/").content.decode()
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"facts_uploaded", "facts_confirmed", "facts_added"} <= acts
    # a second confirmation and a second run change nothing
    assert client.post(f"/facts/imports/{job.token}/confirm", {"sha256": job.sha256}).status_code == 302
    assert not jobs.run(job.pk)
    assert FactBatch.objects.count() == 1


def test_the_same_file_again_is_recognised(land):
    client = land.client(land.staff_a)
    job = _checked(client, GOOD)
    client.post(f"/facts/imports/{job.token}/confirm", {"sha256": job.sha256})
    jobs.run(job.pk)
    again = _checked(client, GOOD)
    assert (again.status, again.preview) == (JobStatus.DONE, {"repeated": True})
    assert "没有再次导入" in client.get(f"/facts/imports/{again.token}/").content.decode()
    assert FactBatch.objects.count() == 1


def test_what_was_not_previewed_is_not_imported(land):
    client = land.client(land.staff_a)
    job = _checked(client, GOOD)
    ingest(fact_table((land.output, land.zone_a, 1202400, 99.0)), key="meanwhile", kind="import")
    client.post(f"/facts/imports/{job.token}/confirm", {"sha256": job.sha256})
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert "预览之后" in job.error
    assert FactBatch.objects.count() == 1


def test_a_file_changed_on_disk_is_not_imported(land):
    client = land.client(land.staff_a)
    job = _checked(client, GOOD)
    client.post(f"/facts/imports/{job.token}/confirm", {"sha256": job.sha256})
    jobs.file_of(job).write_text(GOOD + "工业总产值,甲园区,2022,1,亿元\n")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert not Fact.objects.exists()


def test_bad_rows_are_named_and_can_be_downloaded(land):
    client = land.client(land.staff_a)
    rows = "工业总产值,甲园区,2024,<script>alert(1)</script>,亿元\n工业总产值,丙园区,2024,1,亿元\n工业总产值,甲园区,2024,5,吨\n工业总产值,甲园区,2023,5,亿元\n工业总产值,甲园区,2023,6,亿元\n"
    job = _checked(client, HEAD[0] + "," + ",".join(HEAD[1:]) + "\n" + rows)
    assert (job.status, job.preview["bad_count"]) == (JobStatus.FAULTY, 4)
    page = client.get(f"/facts/imports/{job.token}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    answer = client.get(f"/facts/imports/{job.token}/bad-rows.xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    head, *lines = book.active.iter_rows(values_only=True)
    assert head == ("有误之处", *HEAD) and [bool(line[0]) for line in lines] == [True, True, True, False, True]
    assert "吨" in lines[2][0] and lines[3][1:] == ("工业总产值", "甲园区", "2023", "5", "亿元")
    # corrected in the sheet and sent again, with the column of faults left in it
    for at, (region, period, value, unit) in enumerate(
        [("甲园区", "2024", 7, "亿元"), ("甲园区", "2022", 1, "亿元"), ("甲园区", "2021", 5, "亿元"),
         ("甲园区", "2023", 5, "亿元"), ("甲园区", "2020", 6, "亿元")], start=2,
    ):  # fmt: skip
        for column, text in enumerate((region, period, value, unit), start=3):
            book.active.cell(at, column, text)
    again = io.BytesIO()
    book.save(again)
    fixed = _checked(client, again.getvalue(), "again.xlsx")
    assert (fixed.status, fixed.preview["new"], fixed.preview["ignored"]) == (JobStatus.READY, 5, []), fixed.preview
    assert client.post(f"/facts/imports/{job.token}/confirm", {"sha256": job.sha256}).status_code == 409
    client.post(f"/facts/imports/{job.token}/drop")
    job.refresh_from_db()
    assert job.status == JobStatus.DROPPED
    assert not jobs.file_of(job).exists()


def test_the_template_explains_itself_and_reads_as_nothing_until_it_is_filled_in(land):
    client = land.client(land.staff_a)
    book = load_workbook(io.BytesIO(client.get("/facts/imports/template.xlsx").content))
    sheet, guide = book.active, book["填写说明"]
    head, example = list(sheet.iter_rows(values_only=True))
    assert head[:6] == ("要素", "区域", "单位名称", "时期", "数值", "计量单位") and example[0].startswith("示例：")
    assert [row[0].value for row in guide.iter_rows(min_row=2, max_row=12)] == list(head)
    lists = {str(one.sqref).split(":")[0]: one.formula1 for one in sheet.data_validations.dataValidation}
    assert lists["A3"].startswith("'可选值'!$A$1:$A$") and book["可选值"].sheet_state == "hidden"
    assert "甲园区" in {cell.value for cell in book["可选值"]["B"]}, "areas in which he may import"
    job = _checked(client, _saved(book), "t.xlsx")
    assert job.status == JobStatus.FAULTY and job.preview["rows"] == 0, "an example is no fact"
    for column, text in enumerate(("工业总产值", "甲园区", None, "2024年", 7, "亿元"), start=1):
        sheet.cell(3, column, text)
    job = _checked(client, _saved(book), "t.xlsx")
    assert (job.status, job.preview["new"]) == (JobStatus.READY, 1)
    assert "示例行没有读取" in job.preview["notes"] and not any("填写说明" in one for one in job.preview["notes"])


def _saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("xl/worksheets/sheet1.xml", b"0" * (64 * 1024 * 1024))
    return out.getvalue()


def _merge_values(sheet):
    sheet.merge_cells("D2:D3")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"a,b\n\0\0\0", "x.csv", "空字符"),
        ("甲,乙\n1,2\n", "x.csv", "表头"),
    ],
    ids=["binary", "header"],
)
def test_hostile_files_get_a_sentence(land, content, name, sentence):
    client = land.client(land.staff_a)
    job = _checked(client, content, name)
    assert job.status == JobStatus.FAILED
    assert sentence in job.error
    assert job.token.hex not in job.error
    assert sentence in client.get(f"/facts/imports/{job.token}/").content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"MZ\x90\x00" + b"\0" * 500, "不是可读的"),
        (_bomb(), "过大"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "加了密码"),
    ],
    ids=["exe", "bomb", "encrypted"],
)
def test_what_is_no_table_is_refused_at_the_door(land, content, sentence):
    client = land.client(land.staff_a)
    response = _upload(client, content, "x.xlsx")
    assert response.status_code == 422 and sentence in response.content.decode()
    assert not ImportJob.objects.exists() and not list(jobs.folder().iterdir())


def test_merged_values_and_formulas_are_named(land):
    client = land.client(land.staff_a)
    rows = (
        HEAD,
        ["工业总产值", "甲园区", "2024", 1, "亿元"],
        ["工业总产值", "甲园区", "2023", None, "亿元"],
        ["工业总产值", "甲园区", "2022", "=1+1", "亿元"],
    )
    job = _checked(client, _book(*rows, prepare=_merge_values), "合并.xlsx")
    assert job.status == JobStatus.FAULTY
    reasons = {bad["row"]: bad["reason"] for bad in job.preview["bad"]}
    assert "合并" in reasons[3]
    assert "公式" in reasons[4]


def test_too_many_rows_are_refused(land, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.parsing.MAX_ROWS", 1)
    job = _checked(land.client(land.staff_a), GOOD)
    assert job.status == JobStatus.FAILED
    assert "超过 1 行" in job.error


@pytest.mark.parametrize(("content", "name"), [("", "x.csv"), ("a", "x.exe"), ("a", "x.xls"), ("a", "x")])
def test_the_upload_is_refused_at_once(land, content, name):
    response = _upload(land.client(land.staff_a), content, name)
    assert response.status_code == 422
    assert not ImportJob.objects.exists()
    assert not list(jobs.folder().iterdir())


def test_too_large_and_too_many(land, monkeypatch):
    client = land.client(land.staff_a)
    monkeypatch.setattr(jobs, "TAKES", replace(jobs.TAKES, size=10))
    assert _upload(client, GOOD).status_code == 422
    assert not list(jobs.folder().iterdir())
    monkeypatch.undo()
    for n in range(jobs.MAX_WAITING):
        assert _upload(client, f"{GOOD}\n,,,,{n}").status_code == 302
    assert "在处理" in _upload(client, GOOD).content.decode()


def test_one_job_is_worked_on_once_and_taken_up_when_its_worker_died(land):
    client = land.client(land.staff_a)
    _upload(client, GOOD)
    job = ImportJob.objects.get()
    assert jobs.WORK.claim(job.pk) is not None
    assert jobs.WORK.claim(job.pk) is None
    ImportJob.objects.update(beat_at="2020-01-01T00:00:00Z")
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == JobStatus.READY


def test_nobody_else_reaches_a_job(land):
    job = _checked(land.client(land.staff_a), GOOD)
    pages = [
        f"/facts/imports/{job.token}/",
        f"/facts/imports/{job.token}/progress",
        f"/facts/imports/{job.token}/bad-rows.xlsx",
    ]
    acts = [f"/facts/imports/{job.token}/confirm", f"/facts/imports/{job.token}/drop"]
    for page in pages:
        assert Client().get(page).status_code == 302
        assert land.client(land.staff_c).get(page).status_code == 404
        assert land.client(land.firm_a1).get(page).status_code == 403
    for act in acts:
        assert Client().post(act).status_code == 302
        assert land.client(land.staff_c).post(act, {"sha256": job.sha256}).status_code == 404
        assert land.client(land.firm_a1).post(act).status_code == 403
    assert land.client(land.staff_c).get(f"/facts/imports/{uuid.uuid4()}/").status_code == 404
    for call in (lambda c: c.get(f"/api/imports/{job.token}"), lambda c: c.post(f"/api/imports/{job.token}/drop")):
        assert call(Client()).status_code == 401
        assert call(land.client(land.staff_c)).status_code == 404
        assert call(land.client(land.firm_a1)).status_code == 403
    job.refresh_from_db()
    assert job.status == JobStatus.READY


def test_importing_by_api(land):
    client = land.client(land.staff_a)
    made = client.post("/api/imports", {"file": SimpleUploadedFile("表.csv", GOOD.encode())})
    assert made.status_code == 202
    token, sha256 = made.json()["token"], made.json()["sha256"]
    jobs.run(ImportJob.objects.get().pk)
    assert client.get(f"/api/imports/{token}").json()["preview"]["new"] == 2
    assert (
        client.post(f"/api/imports/{token}/confirm", {"sha256": sha256}, content_type="application/json").status_code
        == 200
    )
    jobs.run(ImportJob.objects.get().pk)
    assert client.get(f"/api/imports/{token}").json()["status"] == "done"


def test_template_can_be_read_back(land):
    client = land.client(land.staff_a)
    book = load_workbook(io.BytesIO(client.get("/facts/imports/template.xlsx").content))
    book.active.append(["工业总产值", "甲园区", None, "2024", 5, "亿元"])
    out = io.BytesIO()
    book.save(out)
    job = _checked(client, out.getvalue(), "模板.xlsx")
    assert (job.status, job.preview["new"], job.preview["ignored"]) == (JobStatus.READY, 1, [])


def _dead_process():
    host, _pid, _start = background.my_mark().split("|")
    return f"{host}|{2**22 - 3}|1"


def test_jobs_of_a_killed_server_block_nobody_and_go_on(land):
    """Security A12: a fresh beat of a process that is no more holds nothing."""
    client = land.client(land.staff_a)
    for n in range(jobs.MAX_WAITING):
        _upload(client, f"{GOOD}\n,,,,{n}")
    ImportJob.objects.update(status=JobStatus.CHECKING, worker=_dead_process(), beat_at=timezone.now(), attempts=1)
    assert _upload(client, GOOD).status_code == 302
    assert jobs.WORK.take_up() == jobs.MAX_WAITING
    assert ImportJob.objects.filter(status=JobStatus.READY).count() == jobs.MAX_WAITING


def test_a_kill_during_the_import_leaves_all_or_nothing(land, monkeypatch):
    client = land.client(land.staff_a)
    job = _checked(client, GOOD)
    client.post(f"/facts/imports/{job.token}/confirm", {"sha256": job.sha256})

    class Killed(BaseException):
        pass

    def killed(*_args, **_more):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("qiangqu.facts.importing._refuse_unseen", killed)
        with pytest.raises(Killed):
            jobs.run(job.pk)
    assert not Fact.objects.exists()
    # killed behind the commit: the batch is there, the job does not know yet
    ImportJob.objects.update(worker=_dead_process())
    commit(jobs.file_of(job), land.staff_a, key=jobs.batch_key(job.sha256), seen=job.preview)
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.batch.rows, Fact.objects.count(), FactBatch.objects.count()) == (JobStatus.DONE, 2, 2, 1)


def test_a_file_at_which_processes_die_is_given_up_unless_it_was_stored(land):
    client = land.client(land.staff_a)
    _upload(client, GOOD)
    job = ImportJob.objects.get()
    ImportJob.objects.update(
        status=JobStatus.CHECKING, worker=_dead_process(), beat_at=timezone.now(), attempts=background.MAX_ATTEMPTS
    )
    assert not jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert "中断" in client.get(f"/facts/imports/{job.token}/").content.decode()
    commit(jobs.file_of(job), land.staff_a, key=jobs.batch_key(job.sha256))
    ImportJob.objects.update(
        status=JobStatus.IMPORTING, worker=_dead_process(), beat_at=timezone.now(), attempts=background.MAX_ATTEMPTS
    )
    assert not jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.batch.rows) == (JobStatus.DONE, 2)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"<html><table><tr><td>1", "x.xls", "网页（HTML）"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "x.xls", "旧版 Excel"),
        (b"%PDF-1.7", "x.pdf", "PDF"),
        (_book(HEAD), "x.xlsm", "另存为 .xlsx"),
    ],
    ids=["html", "old", "pdf", "macros"],
)
def test_a_file_of_another_kind_is_refused_for_what_it_is(land, content, name, sentence):
    response = _upload(land.client(land.staff_a), content, name)
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_the_preview_names_the_sheet(land):
    client = land.client(land.staff_a)

    def prepare(sheet):
        sheet.title = "二季度"
        sheet.parent.create_sheet("说明").append(["x"])

    job = _checked(client, _book(HEAD, ["工业总产值", "甲园区", "2024", 1, "亿元"], prepare=prepare), "x.xlsx")
    page = client.get(f"/facts/imports/{job.token}/").content.decode()
    assert "读取的是工作表“二季度”" in page
    assert "没有读取的工作表：说明" in page
