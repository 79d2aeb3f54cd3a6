"""Spreadsheets into registers as people have them, forms with what is pasted, and imports that were
interrupted.
"""

import datetime as dt
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from qiangqu.registry.models import AuditEntry, Organisation, Parcel
from qiangqu.ui import background
from qiangqu.ui.background import JobStatus
from qiangqu.ui.models import RegisterImport
from qiangqu.ui.registers import imports
from qiangqu.ui.tests.books import book, strict

from . import factories

pytestmark = pytest.mark.django_db
HEAD = ["代码", "名称", "简称", "类型", "所在区域", "国民经济行业代码", "规模", "登记注册类型", "起始日期"]
ROW = ["E-1", "甲公司", "甲", "企业", "Z1", "3841", "规模以上", "私营", "2026-01-01"]


def _upload(client: Any, content: bytes, name: str = "单位.xlsx", register: str = "organisations", **more: str) -> Any:
    return client.post(f"/{register}/import/", {"file": SimpleUploadedFile(name, content), **more})


def _problems(response: Any) -> dict[str, str]:
    [row] = response.context["preview"].rows
    return dict(row.problems)


def _commit(client: Any, preview: Any, register: str = "organisations") -> Any:
    return client.post(f"/{register}/import/commit/", {"token": preview.context["token"]})


@pytest.mark.one_database  # it reads a file
@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "=LEFT(B2,4)"])
@pytest.mark.parametrize("column", range(9))
def test_error_cells_and_unread_formulas_refuse_the_row_in_every_column(
    signed_in: Any, areas: Any, cell: str, column: int
) -> None:
    """Faults 15 and 16: neither becomes a name, nor an empty field."""
    factories.enterprise(areas["Z1"], 1)
    Organisation.objects.update(code="E-1", name="甲公司", short_name="甲")
    row: list[Any] = list(ROW)
    row[column] = cell
    problems = _problems(_upload(signed_in("zone"), book(HEAD, row)))
    assert f"{'ABCDEFGHI'[column]}2" in problems[HEAD[column]]
    assert Organisation.objects.get().short_name == "甲"


@pytest.mark.one_database  # it reads a file
@pytest.mark.parametrize(
    ("value", "form", "code"),
    [(123, "00000", "00123"), (123, "General", "123"), (7, '"E-"000', "E-007"), ("ＮＸ－１\u200b", "General", "NX-1")],
)
def test_a_code_is_what_the_sheet_shows(signed_in: Any, areas: Any, value: Any, form: str, code: str) -> None:
    """Fault 17, and 12 for codes."""
    client = signed_in("zone")
    content = book(HEAD, [value, *ROW[1:]], change=lambda sheet: setattr(sheet["A2"], "number_format", form))
    assert _commit(client, _upload(client, content)).status_code == 302
    assert Organisation.objects.get().code == code


@pytest.mark.one_database  # it reads a file
@pytest.mark.parametrize("column", ["代码", "国民经济行业代码"])
@pytest.mark.parametrize(
    ("value", "form"),
    [
        (9.111e17, "0"),
        (911101087178, "General"),
        (1234.5, "General"),
        (1234, "#,##0"),
        (dt.date(2026, 3, 1), 'm"月"d"日"'),
        ("9.11E+17", "General"),
    ],
)
def test_a_code_that_excel_changed_is_refused_with_what_to_do(
    signed_in: Any, areas: Any, column: str, value: Any, form: str
) -> None:
    at = HEAD.index(column)
    row = [*ROW[:at], value, *ROW[at + 1 :]]
    content = book(HEAD, row, change=lambda sheet: setattr(sheet.cell(2, at + 1), "number_format", form))
    assert "设为“文本”" in _problems(_upload(signed_in("zone"), content))[column]


@pytest.mark.parametrize("certificate", ["9.11E+17", "3月1日", "640100202600000000"])
def test_numbers_of_certificates_are_codes_too(signed_in: Any, areas: Any, certificate: str) -> None:
    client = signed_in("zone")
    factories.code_lists()
    holder = factories.enterprise(areas["Z1"], 1)
    lines = f"类别,单位,认定对象,证书编号,起始日期\r\n绿色工厂,{holder.code},,{certificate},2026-01-01\r\n"
    problems = _problems(_upload(client, lines.encode("utf-8-sig"), "认定.csv", "recognitions"))
    assert "设为“文本”" in problems["证书编号"], problems


def test_the_visible_sheet_with_the_heading_is_read_and_named(signed_in: Any, areas: Any) -> None:
    def change(sheet: Any) -> None:
        sheet.title, sheet.sheet_state = "旧", "hidden"
        notes = sheet.parent.create_sheet("说明")
        notes.append(["说明", "不是表"])
        table = sheet.parent.create_sheet("名单")
        for row in (["2026年名单"], HEAD, ROW, ["E-2", *ROW[1:]]):
            table.append(row)
        table.row_dimensions[4].hidden = True
        table.column_dimensions["C"].hidden = True
        sheet.parent.active = 2

    response = _upload(signed_in("zone"), book(HEAD, ["OLD", *ROW[1:]], change=change))
    assert [row.name for row in response.context["preview"].rows] == ["E-1"]
    page = response.content.decode()
    assert all(
        part in page for part in ("工作表“名单”", "旧（隐藏）", "说明", "1 行没有读取", "隐藏的列没有读取：简称")
    )


def test_a_hidden_key_column_and_a_missing_one_are_named_with_the_sheet(signed_in: Any, areas: Any) -> None:
    content = book(HEAD, ROW, change=lambda sheet: setattr(sheet.column_dimensions["A"], "hidden", True))
    page = _upload(signed_in("zone"), content).content.decode()
    assert all(part in page for part in ("缺少列：代码", "隐藏的列没有读取：代码", "工作表“Sheet”"))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "a.xls", "旧版 Excel"),
        ("代码,名称\nA,甲\n".encode(), "a.xlsx", "扩展名改为 .csv"),
        (b"<html><table>", "a.xls", "网页（HTML）"),
        (b"%PDF-1.7", "a.pdf", "PDF"),
    ],
)
def test_other_files_are_refused_for_what_they_are(signed_in: Any, content: bytes, name: str, said: str) -> None:
    response = _upload(signed_in("zone"), content, name)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not list(imports.folder().iterdir())


def test_a_strict_workbook_and_a_csv_of_excel(signed_in: Any, areas: Any) -> None:
    client = signed_in("zone")
    assert _upload(client, strict(book(HEAD, ROW))).context["preview"].counts["new"] == 1
    assert _commit(client, _upload(client, book(HEAD, ROW))).status_code == 302
    # what the list exports comes back after Excel saved it as CSV
    exported = load_workbook(io.BytesIO(b"".join(client.get("/organisations/export/").streaming_content))).active
    lines = []
    for row in exported.iter_rows(values_only=True):
        cells = [f"{c.year}/{c.month}/{c.day}" if isinstance(c, dt.date) else "" if c is None else str(c) for c in row]
        lines.append("\t".join([*cells, "", ""]))
    saved = "\r\n".join([*lines, "\t" * 12, ""]).encode("gbk")
    preview = _upload(client, saved, "单位.csv").context["preview"]
    assert preview.counts == {"new": 0, "changed": 0, "unchanged": 1, "bad": 0}, preview.rows


def test_numbers_with_units_formats_and_invisible_characters(signed_in: Any, areas: Any) -> None:
    head = ["宗地代码", "所在区域", "面积（亩）", "用途", "状态", "起始日期"]

    def area(value: Any, form: str = "General") -> Any:
        content = book(
            head, ["P1", "东一开发区\u200b", value, "工业用地", "已建成", "2022/1/1 0:00"],
            change=lambda sheet: setattr(sheet["C2"], "number_format", form),
        )  # fmt: skip
        [row] = _upload(signed_in("zone"), content, register="parcels").context["preview"].rows
        return row.record.land_area if row.state == "new" else dict(row.problems)["面积（亩）"]

    assert area("12.5\u200b亩") == area(12.5, '0.0"亩"') == area("12.5") == area(12500, "0.0,") == 12.5
    assert area(1, '0"公顷"') == pytest.approx(15)
    assert "吨" in area(1, '0"吨"')
    assert "日期" in area(dt.date(2026, 1, 1), "yyyy/m/d")


# ---------------------------------------------------------------- look-alikes


@pytest.mark.parametrize("code", ["E-1\u200b", "\ufeffE-1", "Ｅ－１", "E\u20111", " E-1\u00a0"])
def test_codes_that_look_alike_never_become_two_records(signed_in: Any, areas: Any, code: str) -> None:
    """By import, by form, and beside a code that was stored before the rule."""
    client = signed_in("zone")
    factories.enterprise(areas["Z1"], 1)
    Organisation.objects.update(code="E-1")
    [row] = _upload(client, book(HEAD, [code, *ROW[1:]])).context["preview"].rows
    assert row.state == "changed"
    form = {"code": code, "name": "乙", "kind": "enterprise", "area": areas["Z1"].pk, "valid_from": "2026-01-01"}
    response = client.post("/organisations/new/", form)
    assert response.status_code == 422, response.content.decode()
    assert "code" in response.context["form"].errors
    Organisation.objects.update(code="E\u200b-1")
    assert client.post("/organisations/new/", form).status_code == 422
    assert _upload(client, book(HEAD, ["E-1", *ROW[1:]])).context["preview"].counts["new"] == 0
    assert Organisation.objects.count() == 1


def test_letters_of_another_script_are_named(signed_in: Any, areas: Any) -> None:
    client = signed_in("zone")
    assert "西里尔" in _problems(_upload(client, book(HEAD, ["Е-1", *ROW[1:]])))["代码"]
    form = {"code": "Е-1", "name": "乙", "kind": "enterprise", "area": areas["Z1"].pk, "valid_from": "2026-01-01"}
    assert "西里尔" in client.post("/organisations/new/", form).content.decode()


def test_forms_drop_invisible_characters(signed_in: Any, areas: Any) -> None:
    client = signed_in("zone")
    form = {
        "code": "P\u200b1", "area": str(areas["Z1"].pk), "land_area": "12\u206011.5\ufeff", "use": "工业\u200b用地", "status": "built",
        "valid_from": "2022-01-01\u200e",
    }  # fmt: skip
    response = client.post("/parcels/new/", form)
    assert response.status_code == 302, response.content.decode()
    one = Parcel.objects.get()
    assert (one.code, one.land_area, one.use, one.valid_from) == ("P1", 1211.5, "工业用地", dt.date(2022, 1, 1))
    assert "P1" in client.get("/parcels/?q=P%E2%80%8B1").content.decode()


# ---------------------------------------------------------------- larger files, interrupted work


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "SMALL", 10)


def _job() -> RegisterImport:
    return RegisterImport.objects.latest("id")


def test_a_larger_file_is_looked_at_beside_the_pages(signed_in: Any, areas: Any, large: None) -> None:
    client = signed_in("zone")
    response = _upload(client, book(HEAD, ROW))
    job = _job()
    address = f"/organisations/import/{job.token}/"
    assert (response.status_code, response["Location"], job.status) == (302, address, JobStatus.WAITING)
    assert "等待检查" in client.get(address).content.decode()
    assert "HX-Refresh" not in client.get(f"{address}progress/").headers
    assert imports.WORK.run(job.pk)
    assert client.get(f"{address}progress/")["HX-Refresh"] == "true"
    page = client.get(address)
    assert "确认导入" in page.content.decode()
    assert page.context["preview"]["counts"]["new"] == 1
    assert not Organisation.objects.exists()
    assert client.post("/organisations/import/commit/", {"token": job.token.hex})["Location"] == address
    assert client.post("/organisations/import/commit/", {"token": job.token.hex}).status_code == 409
    assert imports.WORK.run(job.pk)
    assert client.get(address)["Location"] == "/organisations/"
    assert Organisation.objects.get().code == "E-1"
    assert AuditEntry.objects.filter(action="import").count() == 1
    assert not list(imports.folder().iterdir())
    # nobody else reaches it
    for other in ("neighbour", "planner"):
        assert signed_in(other).get(address).status_code == 422


def test_a_larger_file_that_cannot_be_read_says_why(signed_in: Any, areas: Any, large: None) -> None:
    client = signed_in("zone")
    _upload(client, book(["甲"], [1]))
    imports.WORK.run(_job().pk)
    assert "缺少列" in client.get(f"/organisations/import/{_job().token}/").content.decode()


def _dead_process() -> str:
    host, _pid, _start = background.my_mark().split("|")
    return f"{host}|{2**22 - 3}|1"


def test_a_job_of_a_dead_process_blocks_nobody_and_goes_on(signed_in: Any, areas: Any, large: None) -> None:
    client = signed_in("zone")
    for n in range(imports.MAX_WAITING):
        _upload(client, book(HEAD, [f"E-{n}", *ROW[1:]]))
    assert "在处理" in _upload(client, book(HEAD, ROW)).content.decode()
    # as a kill -9 leaves them: being checked, with a fresh beat of a process that is no more
    RegisterImport.objects.update(status=JobStatus.CHECKING, worker=_dead_process(), beat_at=timezone.now(), attempts=1)
    assert _upload(client, book(HEAD, ROW)).status_code == 302
    assert imports.WORK.take_up() == imports.MAX_WAITING
    assert RegisterImport.objects.filter(status=JobStatus.READY).count() == imports.MAX_WAITING


def test_a_job_that_somebody_works_on_is_left_to_him(signed_in: Any, areas: Any, large: None) -> None:
    _upload(signed_in("zone"), book(HEAD, ROW))
    job = _job()
    assert imports.WORK.claim(job.pk) is not None
    assert imports.WORK.claim(job.pk) is None
    # a process of another machine is believed as long as its beat is fresh
    RegisterImport.objects.update(worker="elsewhere|1|1")
    assert imports.WORK.claim(job.pk) is None
    RegisterImport.objects.update(beat_at=timezone.now() - dt.timedelta(seconds=background.SILENCE + 1))
    assert imports.WORK.claim(job.pk) is not None


def test_a_file_at_which_processes_die_is_given_up(signed_in: Any, areas: Any, large: None) -> None:
    client = signed_in("zone")
    _upload(client, book(HEAD, ROW))
    for _ in range(background.MAX_ATTEMPTS):
        assert imports.WORK.claim(_job().pk) is not None
        RegisterImport.objects.update(worker=_dead_process())
    assert not imports.WORK.run(_job().pk)
    assert _job().status == JobStatus.FAILED
    assert "中断" in client.get(f"/organisations/import/{_job().token}/").content.decode()


def test_a_kill_during_the_import_leaves_all_or_nothing(
    signed_in: Any, areas: Any, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("zone")
    _upload(client, book(HEAD, ROW, ["E-2", *ROW[1:]]))
    job = _job()
    imports.WORK.run(job.pk)
    client.post("/organisations/import/commit/", {"token": job.token.hex})

    class Killed(BaseException):
        pass

    def killed(*_args: Any, **_more: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("qiangqu.ui.registers.excel.hooks.record", killed)
        with pytest.raises(Killed):
            imports.WORK.run(job.pk)
    assert not Organisation.objects.exists()
    assert _job().status == JobStatus.IMPORTING
    RegisterImport.objects.update(worker=_dead_process())
    assert imports.WORK.run(job.pk)
    assert Organisation.objects.count() == 2
    assert _job().status == JobStatus.DONE


def test_who_may_no_longer_edit_imports_nothing(signed_in: Any, people: Any, areas: Any, large: None) -> None:
    client = signed_in("zone")
    _upload(client, book(HEAD, ROW))
    job = _job()
    imports.WORK.run(job.pk)
    client.post("/organisations/import/commit/", {"token": job.token.hex})
    people["zone"].posts.update(role="leader")
    imports.WORK.run(job.pk)
    assert _job().status == JobStatus.FAILED
    assert not Organisation.objects.exists()
