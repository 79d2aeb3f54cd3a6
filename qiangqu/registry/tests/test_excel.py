"""Excel out and in: round trip, preview, all or nothing, hostile files."""

import datetime as dt
import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from qiangqu.registry.models import Area, AuditEntry, Organisation, Parcel, Recognition, User
from qiangqu.registry.models.history import as_of
from qiangqu.ui.spreadsheets import RECORDS

from . import factories

pytestmark = pytest.mark.django_db
HEAD = ["宗地代码", "所在区域", "使用单位", "面积（亩）", "用途", "状态", "起始日期", "终止日期", "备注"]


def _book(rows, head=HEAD) -> bytes:
    book = Workbook()
    sheet = book.active
    for row in [head, *rows]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _upload(client, content: bytes, name="宗地.xlsx", register="parcels", **more):
    return client.post(f"/{register}/import/", {"file": SimpleUploadedFile(name, content), **more})


def _download(response) -> list[list]:
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def _commit(client, preview, register="parcels"):
    context = preview.context
    return client.post(
        f"/{register}/import/commit/",
        {"token": context["token"], "file_name": context["file_name"], "effective_from": context["day"].isoformat()},
    )


@pytest.fixture
def holder(areas):
    return factories.enterprise(areas["Z1"], 1, name="持有企业")


@pytest.fixture
def rows(holder):
    return [
        ["P1", "东一开发区", holder.code, 12.5, "工业用地", "已建成", dt.date(2022, 1, 1), None, "甲"],
        ["P2", "Z1", f"持有企业（{holder.code}）", "1,200", "工业用地", "idle", "2022年3月5日", None, None],
        [1001.0, "东一开发区", None, 3, "仓储用地", "规划", 20220401, "2030/12/31", None],
    ]


def test_preview_then_import(signed_in, rows, areas):
    client = signed_in("zone")
    preview = _upload(client, _book(rows))
    assert preview.context["preview"].counts == {"new": 3, "changed": 0, "unchanged": 0, "bad": 0}
    assert not Parcel.objects.exists(), "a preview writes nothing"
    assert _commit(client, preview).status_code == 302
    assert set(Parcel.objects.values_list("code", "land_area", "status")) == {
        ("P1", 12.5, "built"),
        ("P2", 1200.0, "idle"),
        ("1001", 3.0, "planned"),
    }
    one = Parcel.objects.get(code="P2")
    assert one.valid_from == dt.date(2022, 3, 5) and one.history.get().history_user.username == "zone"
    assert as_of(Parcel, dt.date(2022, 2, 1)).count() == 1
    entry = AuditEntry.objects.get(action="import")
    assert entry.detail["new"] == 3 and entry.detail["file"] == "宗地.xlsx" and len(entry.detail["sha256"]) == 64
    assert _commit(client, preview).status_code == 422, "the same preview is not imported twice"
    again = _upload(client, _book(rows))
    assert (
        again.context["preview"].counts == {"new": 0, "changed": 0, "unchanged": 3, "bad": 0}
        and "token" not in again.context
    )


def test_changes_hold_from_the_day_given(signed_in, rows):
    client = signed_in("zone")
    _commit(client, _upload(client, _book(rows)))
    rows[0][5] = "闲置"
    preview = _upload(client, _book(rows), effective_from="2024-05-01")
    text = preview.content.decode()
    assert preview.context["preview"].counts["changed"] == 1 and "已建成" in text and "闲置" in text
    _commit(client, preview)
    assert as_of(Parcel, dt.date(2024, 4, 30)).get(code="P1").status == "built"
    assert as_of(Parcel, dt.date(2024, 5, 1)).get(code="P1").status == "idle"
    rows[0][5] = "低效"
    late = _upload(client, _book(rows), effective_from="2024-04-01")
    assert "生效日期不能更早" in late.content.decode() and "token" not in late.context
    future = (timezone.localdate() + dt.timedelta(days=2)).isoformat()
    assert "不能晚于今天" in _upload(client, _book(rows), effective_from=future).content.decode()
    assert _upload(client, _book(rows), effective_from="soon").status_code == 422


def test_every_bad_row_is_named_and_nothing_is_written(signed_in, rows, areas):
    rows += [
        ["P5", "西一开发区", None, 1, "工业用地", "已建成", "2022-01-01", None, None],
        ["P6", "东一开发区", "没有的企业", "很多", "工业用地", "在建", "2022-02-30", None, None],
        ["P1", "东一开发区", None, 1, "工业用地", "已建成", "2022-01-01", None, None],
        [None, "东一开发区", None, None, None, None, None, None, None],
        ["P9", "东一开发区", None, 1, "工" * 60, "已建成", "2022-05-01", "2021-01-01", None],
        ["P10", "东一开发区", None, float("inf"), "工业用地", "已建成", "2022-05-01", None, None],
    ]
    response = _upload(signed_in("zone"), _book(rows))
    plan, text = response.context["preview"], response.content.decode()
    assert plan.counts == {"new": 3, "changed": 0, "unchanged": 0, "bad": 6} and "token" not in response.context
    bad = {row.number: dict(row.problems) for row in plan.of("bad")}
    assert set(bad) == {5, 6, 7, 8, 9, 10}
    assert "管辖范围" in bad[5]["所在区域"]
    assert set(bad[6]) == {"使用单位", "面积（亩）", "状态", "起始日期"}
    assert "第 2 行重复" in str(bad[7])
    assert "不能为空" in bad[8]["宗地代码"]
    assert "终止日期早于起始日期" in bad[9]["终止日期"] and "用途" in bad[9]
    assert "有 6 行有误，因此全部不导入" in text
    assert not Parcel.objects.exists()


def test_a_register_that_changed_after_the_preview_is_checked_again(signed_in, rows, areas):
    client = signed_in("zone")
    preview = _upload(client, _book(rows))
    Parcel.objects.create(code="P1", area=areas["Z3"], land_area=1, use="x", status="built", valid_from=factories.BORN)
    response = _commit(client, preview)
    assert response.status_code == 422 and "已被使用" in response.content.decode()
    assert Parcel.objects.count() == 1


def test_codes_of_others_are_neither_taken_nor_shown(signed_in, areas, rows):
    Parcel.objects.create(
        code="P1", area=areas["Z3"], land_area=777, use="别人的", status="built", valid_from=factories.BORN
    )
    response = _upload(signed_in("zone"), _book(rows[:1]))
    assert "已被使用" in response.content.decode() and "别人的" not in response.content.decode()


def test_the_upload_of_another_user_cannot_be_committed(signed_in, rows):
    preview = _upload(signed_in("zone"), _book(rows))
    assert _commit(signed_in("neighbour"), preview).status_code == 422
    assert not Parcel.objects.exists()


@pytest.mark.parametrize("token", ["", "..", "../../etc/passwd", "0" * 32, "%2e%2e"])
def test_tokens_are_not_paths(signed_in, token):
    assert signed_in("zone").post("/parcels/import/commit/", {"token": token}).status_code == 422


def test_file_names_are_shown_without_folders_and_markup(signed_in, rows):
    response = _upload(signed_in("zone"), _book(rows), name="..\\..\\<img src=x>.xlsx")
    assert "/" not in response.context["file_name"] and "\\" not in response.context["file_name"]
    assert "<img src=x>" not in response.content.decode()


def test_export_and_import_are_a_round_trip(signed_in, rows, areas, lists, holder):
    client = signed_in("zone")
    _commit(client, _upload(client, _book(rows)))
    Recognition.objects.create(
        kind=lists["recognition"], holder=holder, valid_from=dt.date(2022, 1, 1), subject_name="一号平台"
    )
    for register in ("parcels", "organisations", "recognitions"):
        response = client.get(f"/{register}/export/")
        assert "attachment; filename*=UTF-8''" in response.headers["Content-Disposition"]
        content = b"".join(response.streaming_content)
        preview = _upload(client, content, register=register)
        counts = preview.context["preview"].counts
        assert counts["bad"] == counts["new"] == counts["changed"] == 0 and counts["unchanged"] >= 1, (
            register,
            preview.context["preview"].rows,
        )


def test_export_obeys_filters_scope_and_day(signed_in, rows, areas):
    client = signed_in("zone")
    _commit(client, _upload(client, _book(rows)))
    assert len(_download(client.get("/parcels/export/?status=idle"))) == 2
    assert len(_download(client.get("/parcels/export/?as_of=2022-02-01"))) == 2
    assert len(_download(signed_in("neighbour").get("/parcels/export/"))) == 1
    assert [row[0] for row in _download(signed_in("planner").get("/parcels/export/?sort=-code"))][1:] == [
        "P2",
        "P1",
        "1001",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0"]
)
def test_text_that_looks_like_a_formula_stays_text(signed_in, areas, text):
    factories.enterprise(areas["Z1"], 1, name=text, note=text)
    response = signed_in("zone").get("/organisations/export/")
    content = b"".join(response.streaming_content)
    sheet = load_workbook(io.BytesIO(content)).active
    cell = sheet.cell(2, 1)
    assert cell.value.strip() == text.strip() and cell.data_type in ("s", "inlineStr") and cell.quotePrefix
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        assert b"<f>" not in container.read("xl/worksheets/sheet1.xml")


def test_control_characters_do_not_break_an_export(signed_in, areas):
    factories.enterprise(areas["Z1"], 1, name="坏\x0b字符")
    assert _download(signed_in("zone").get("/organisations/export/"))[1][0] == "坏字符"


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空"),
        (b"not a spreadsheet", "不是可读的 .xlsx"),
        (b"PK\x03\x04" + b"\x00" * 400, "不是可读的 .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000, "密码"),
        (_zip(**{"a.txt": b"x"}), "不是可读的 .xlsx"),
        (_zip(**{"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "DOCTYPE"),
        (_book([], head=[]), "没有数据"),
        (_book([]), "没有数据行"),
        (_book([["x", "y"]], head=["不认识", "也不认识"]), "缺少列"),
        (_book([["x", "y"]], head=["宗地代码", "宗地代码"]), "出现了两次"),
    ],
)
def test_broken_files_get_one_clear_sentence(signed_in, content, sentence):
    response = _upload(signed_in("zone"), content)
    assert response.status_code == 422 and sentence in response.content.decode(), response.content.decode()[-1500:]


def test_a_truncated_workbook_and_flipped_bytes_are_refused_cleanly(signed_in, rows):
    client, whole = signed_in("zone"), _book(rows)
    for content in (whole[: len(whole) // 2], whole[:200] + b"\xff" * 60 + whole[260:]):
        response = _upload(client, content)
        assert response.status_code == 422


@pytest.mark.one_database  # it reads a file
def test_a_bomb_is_not_unpacked(signed_in):
    bomb = _zip(**{"xl/worksheets/sheet1.xml": b"0" * (450 * 1024 * 1024)})
    assert len(bomb) < RECORDS.size
    assert "解开后过大" in _upload(signed_in("zone"), bomb).content.decode()


def test_too_many_rows_are_refused(signed_in, monkeypatch):
    monkeypatch.setattr("qiangqu.ui.registers.excel.MAX_IMPORT", 5)
    rows = [[f"P{n}", "Z1", None, 1, "x", "built", "2022-01-01", None, None] for n in range(6)]
    assert "超过 5 行" in _upload(signed_in("zone"), _book(rows)).content.decode()


def test_formulas_count_as_their_stored_values_and_merged_cells_are_named(signed_in, areas):
    book = Workbook()
    sheet = book.active
    sheet.append(HEAD)
    sheet.append(["P1", "东一开发区", None, "=6*7", "工业用地", "已建成", "2022-01-01", None, None])
    sheet.append(["P2", "东一开发区", None, 1, "工业用地", "已建成", "2022-01-01", None, None])
    sheet.merge_cells("A2:A3")
    out = io.BytesIO()
    book.save(out)
    plan = _upload(signed_in("zone"), out.getvalue()).context["preview"]
    # openpyxl stores no value for a formula that was never calculated
    assert dict(plan.rows[0].problems)["面积（亩）"] == "单元格 D2 是公式且没有保存结果，请粘贴为数值"
    assert "合并" in dict(plan.rows[1].problems)["宗地代码"]


def test_new_records_need_all_required_columns_but_changes_do_not(signed_in, rows, areas):
    client = signed_in("zone")
    _commit(client, _upload(client, _book(rows)))
    plan = _upload(client, _book([["P1", "低效"], ["P77", "低效"]], head=["宗地代码", "状态"])).context["preview"]
    assert [row.state for row in plan.rows] == ["changed", "bad"]
    assert "新记录还需要这些列" in dict(plan.rows[1].problems)["整行"]


def test_importing_areas_moves_subtrees(signed_in, areas):
    head = ["代码", "名称", "简称", "层级", "上级区域", "起始日期"]
    client = signed_in("planner")
    content = _book(
        [
            ["C1", "东城市", "东城市", "地级市", "西城市（C2）", "2020-01-01"],
            ["Z9", "新区", "新区", "zone", "C2", "2024-01-01"],
        ],
        head=head,
    )
    preview = _upload(client, content, register="areas")
    assert preview.context["preview"].counts == {"new": 1, "changed": 1, "unchanged": 0, "bad": 0}, preview.context[
        "preview"
    ].rows
    _commit(client, preview, register="areas")
    assert Area.objects.get(code="Z1").path == "/R/C2/C1/Z1/" and Area.objects.get(code="Z9").path == "/R/C2/Z9/"


def test_the_template_has_the_headings_that_an_import_reads_with_an_example_and_choices(signed_in, areas):
    client = signed_in("zone")
    answer = client.get("/parcels/import/template/")
    book = load_workbook(io.BytesIO(answer.content))
    head, example = book.active.iter_rows(values_only=True)
    assert list(head) == HEAD and example[0].startswith("示例：")
    guide = {row[0]: row for row in book["填写说明"].iter_rows(min_row=2, values_only=True) if row[0]}
    assert guide["宗地代码"][1] == "是" and "认出一条记录" in guide["宗地代码"][2] and "亩" in guide[HEAD[3]][2]
    offered = {str(one.sqref)[0] for one in book.active.data_validations.dataValidation}
    assert {"B", "F"} <= offered, "areas and states"
    assert [cell.value for cell in book["可选值"]["B"] if cell.value] == ["东一开发区（Z1）"], "his own areas"
    # as it is, it holds nothing to import; filled in below the example it does
    assert "没有数据行" in _upload(client, answer.content).content.decode()
    for at, text in enumerate(["P7", "东一开发区（Z1）", None, 5, "工业用地", None, "2024-01-01"], start=1):
        book.active.cell(3, at, text)
    book.active.cell(3, 6, book["可选值"]["F1"].value)
    out = io.BytesIO()
    book.save(out)
    plan = _upload(client, out.getvalue()).context["preview"]
    assert plan.counts["new"] == 1, plan.rows


def test_a_faulty_file_comes_back_with_its_faults_and_is_sent_again(signed_in, areas):
    client = signed_in("zone")
    rows = [["P1", "东一开发区", None, 5, "工业用地", "已建成", "2024-01-01"],
            ["P2", "没有的区", None, "五", "工业用地", "已建成", "2024-01-01"]]  # fmt: skip
    page = _upload(client, _book(rows))
    address = re.search(r"/parcels/import/[0-9a-f-]+/returned/", page.content.decode())
    book = load_workbook(io.BytesIO(client.get(address[0]).content))
    head, good, bad = book.active.iter_rows(values_only=True)
    assert list(head) == ["有误之处", *HEAD] and not good[0] and "没有的区" in bad[0] and "五" in bad[0]
    book.active["C3"], book.active["E3"] = "东一开发区", 6
    out = io.BytesIO()
    book.save(out)
    plan = _upload(client, out.getvalue()).context["preview"]
    assert plan.counts["new"] == 2 and plan.ignored == []
    assert signed_in("neighbour").get(address[0]).status_code == 422, "his own file only"


def test_import_of_thousands_of_rows_needs_few_queries(signed_in, areas, django_assert_max_num_queries, people):
    rows = [[factories.uscc(n), factories.uscc(n), f"企业{n}", "企业", "东一开发区", "2022-01-01"] for n in range(2000)]
    head = ["代码", "统一社会信用代码", "名称", "类型", "所在区域", "起始日期"]
    client = signed_in("zone")
    with django_assert_max_num_queries(60):
        preview = _upload(client, _book(rows, head), register="organisations")
    assert preview.context["preview"].counts["new"] == 2000
    _commit(client, preview, register="organisations")
    assert Organisation.objects.filter(kind="enterprise").count() == 2000 and Organisation.history.count() == 2000
    assert User.objects.get(username="zone") == Organisation.history.first().history_user


def test_all_faults_of_a_row_are_named_at_once(signed_in, areas):
    head = ["代码", "统一社会信用代码", "名称", "类型", "所在区域", "规模", "起始日期"]
    rows = [["A1", "91640100MA00000000", "甲", "企业", "没有的区", "大型", "2022-13-01"]]
    plan = _upload(signed_in("zone"), _book(rows, head), register="organisations").context["preview"]
    assert {label for label, _reason in plan.rows[0].problems} == {"统一社会信用代码", "所在区域", "规模", "起始日期"}
