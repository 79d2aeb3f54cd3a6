"""Reading and writing tables: what is read is what a person sees, and nothing but InputError comes out of
what people upload.
"""

import datetime as dt
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from qiangqu.base.errors import InputError
from qiangqu.ui import spreadsheets
from qiangqu.ui.spreadsheets import RECORDS, Merged, Number, Partly, Unread, formats, values, write_xlsx

from .books import MAIN, book, edited, kept, read, strict

QUIET = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
CELLS = st.one_of(
    st.none(), st.text(max_size=40), st.integers(-(10**12), 10**12), st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False, width=32), st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
)  # fmt: skip


# ---------------------------------------------------------------- which sheet, rows and columns


def _two(first: str, second: str = "visible", state: str = "veryHidden") -> bytes:
    made = Workbook()
    made.active.title = "旧数据"
    for row in (["代码"], [first]):
        made.active.append(row)
    sheet = made.create_sheet("数据")
    for row in (["代码"], [second]):
        sheet.append(row)
    made.active = 1
    made.worksheets[0].sheet_state = state
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_and_the_read_one_is_named(tmp_path: Path, state: str) -> None:
    table, rows = read(kept(tmp_path, _two("99", "12.5", state)), "代码")
    assert (table.title, rows) == ("数据", [(2, ["12.5"])])
    assert any("数据" in note for note in table.notes)
    assert any("旧数据（隐藏）" in note for note in table.notes)


def test_several_visible_tables_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 个工作表都像要导入的表：“旧数据”、“数据”"):
        read(kept(tmp_path, _two("99", "12.5", "visible")), "代码")


def test_the_table_is_read_and_not_the_notes_before_it(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.title = "说明"
        table = sheet.parent.create_sheet("表")
        for row in (["2026年报表"], [], ["代码", "名称"], ["A", "甲"]):
            table.append(row)
        sheet.parent.create_chartsheet("图")

    table, rows = read(kept(tmp_path, book(["填报说明"], ["一、……"], change=change)), "代码")
    assert (table.title, table.heading_row, rows) == ("表", 3, [(4, ["A", "甲"])])
    assert any("没有读取的工作表：说明" in note for note in table.notes)


def test_only_hidden_sheets_is_said(tmp_path: Path) -> None:
    content = edited(_two("99"), "xl/workbook.xml", lambda xml: xml.replace(b'state="visible"', b'state="hidden"'))
    with pytest.raises(InputError, match=r"没有数据.*隐藏的工作表不读取（旧数据、数据）"):
        read(kept(tmp_path, content), "代码")


def test_hidden_rows_and_columns_are_left_out_and_named(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.row_dimensions[4].height = 1
        sheet.column_dimensions["B"].hidden = True

    content = book(["代码", "备注", "值"], ["A", "x", 1], ["B", "y", 2], ["C", "z", 3], ["D", "w", 4], change=change)
    content = edited(content, "sheet1.xml", lambda xml: xml.replace(b' ht="1"', b' ht="0"'))
    table, rows = read(kept(tmp_path, content), "代码")
    assert rows == [(2, ["A", None, 1]), (5, ["D", None, 4])]
    assert table.heading == ["代码", None, "值"]
    notes = "；".join(table.notes)
    assert "隐藏的列没有读取：备注" in notes
    assert "隐藏（或被筛选掉）的 2 行没有读取" in notes


# ---------------------------------------------------------------- what a cell holds


def test_kinds_of_cells(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["D2"].number_format = "yyyy/m/d h:mm"
        sheet["E2"].number_format = 'm"月"d"日"'
        sheet["F2"].number_format = "yyyy"

    day = dt.datetime(2026, 3, 1, 8, 30)
    content = book(
        ["代码"],
        ["  a\u200b ", 1.5, True, day, dt.date(2026, 3, 1), dt.date(2026, 1, 1), dt.date(2026, 3, 2), None],
        change=change,
    )
    _table, [(_n, cells)] = read(kept(tmp_path, content), "代码")
    assert cells == [
        "a",
        1.5,
        True,
        day,
        Partly(dt.date(2026, 3, 1), "md"),
        Partly(dt.date(2026, 1, 1), "y"),
        dt.date(2026, 3, 2),
    ]
    assert isinstance(cells[1], Number)


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"])
def test_error_cells_are_never_texts(tmp_path: Path, error: str) -> None:
    """As an error, as the text of one that was pasted, and in a CSV that Excel saved."""
    content = book(["代码", "名称"], ["A", error])
    as_text = edited(content, "sheet1.xml", lambda xml: xml.replace(b't="e"', b't="str"'))
    for path in (
        kept(tmp_path, content),
        kept(tmp_path, as_text, "b.xlsx"),
        kept(tmp_path, f"代码,名称\nA,{error}\n".encode(), "c.csv"),
    ):
        [(_n, [code, name])] = read(path, "代码")[1]
        assert code == "A"
        assert isinstance(name, Unread)
        assert error in name.reason
        assert "B2" in name.reason or "第2列" in name.reason


def _with_formula(xml: bytes, cell: bytes) -> bytes:
    return xml.replace(b'<c r="B2" t="n"><v>7</v></c>', cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (b'<c r="B2"><f>A1</f></c>', None),
        (b'<c r="B2"><f>A1</f><v/></c>', None),
        (b'<c r="B2"><f>A1</f><v></v></c>', None),
        (b'<c r="B2" t="str"><f>A1</f></c>', None),
        (b'<c r="B2"><f t="shared" si="0"/></c>', None),
        (b'<c r="B2"><f>A1</f><v>0</v></c>', None),  # with "compute all when opened": what XlsxWriter writes
        (b'<c r="B2" t="str"><f>""</f><v></v></c>', ""),
        (b'<c r="B2"><f>3+4</f><v>7</v></c>', 7),
        (b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
    ],
)
def test_a_formula_without_result_is_not_an_empty_cell(tmp_path: Path, cell: bytes, expected: Any) -> None:
    content = edited(book(["代码", "值"], ["A", 7]), "sheet1.xml", lambda xml: _with_formula(xml, cell))
    [(_n, cells)] = read(kept(tmp_path, content), "代码")[1]
    if expected is None:
        assert isinstance(cells[1], Unread)
        assert "单元格 B2 是公式且没有保存结果" in cells[1].reason
    elif isinstance(expected, str):
        assert cells[1:] == [] if not expected else expected in cells[1].reason
    else:
        assert cells[1] == expected


def test_all_cells_of_an_array_formula_without_result(tmp_path: Path) -> None:
    cell = b'<c r="B2"><f t="array" ref="B2:B3">A2:A3</f></c>'
    content = edited(book(["代码", "值"], ["A", 7], ["B", None]), "sheet1.xml", lambda xml: _with_formula(xml, cell))
    content = edited(
        content, "sheet1.xml", lambda xml: xml.replace(b"</c></row></sheetData>", b'</c><c r="B3"/></row></sheetData>')
    )
    rows = read(kept(tmp_path, content), "代码")[1]
    assert [type(cells[1]) for _n, cells in rows] == [Unread, Unread]


def test_merged_cells_show_their_value(tmp_path: Path) -> None:
    content = book(
        ["区域", "x", "y"], ["甲", 1, None], [None, 2, None], ["乙", 4, 5],
        change=lambda sheet: (sheet.merge_cells("A2:A3"), sheet.merge_cells("B2:C2")),
    )  # fmt: skip
    rows = [cells for _n, cells in read(kept(tmp_path, content), "区域")[1]]
    assert rows == [["甲", 1, Merged(Number(1), True)], [Merged("甲"), 2], ["乙", 4, 5]]


def test_phonetic_runs_escapes_and_rich_text(tmp_path: Path) -> None:
    shared = (
        f'<sst xmlns="{MAIN}"><si><r><t>东</t></r><r><t>京_x000D_\n_x005F_</t></r><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si></sst>'
    ).encode()
    content = book(["代码"], ["x"])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("sheet1.xml"):
                part = (
                    part[: part.index(b'<row r="2"')]
                    + b'<row r="2"><c r="A2" t="s"><v>0</v></c></row></sheetData></worksheet>'
                )
            if name.endswith("workbook.xml.rels"):
                kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
                part = part.replace(
                    b"</Relationships>",
                    f'<Relationship Id="s" Type="{kind}" Target="shared.xml"/></Relationships>'.encode(),
                )
            if not name.endswith("sharedStrings.xml"):
                target.writestr(name, part)
        target.writestr("xl/shared.xml", shared)
    assert read(kept(tmp_path, out.getvalue()), "代码")[1] == [(2, ["东京\n_"])]


def test_dates_of_the_1904_system_and_of_chinese_editions(tmp_path: Path) -> None:
    content = book(["代码"], [45000], change=lambda sheet: setattr(sheet["A2"], "number_format", "yyyy/m/d"))
    assert read(kept(tmp_path, content), "代码")[1] == [(2, [dt.date(2023, 3, 15)])]
    mac = edited(content, "xl/workbook.xml", lambda xml: xml.replace(b"<workbookPr/>", b'<workbookPr date1904="1"/>'))
    assert read(kept(tmp_path, mac), "代码")[1] == [(2, [dt.date(2027, 3, 16)])]
    # 58 is m月d日 in Excel for China, and stands in no list of the file
    chinese = edited(content, "styles.xml", lambda xml: xml.replace(b'numFmtId="164" fontId', b'numFmtId="58" fontId'))
    assert read(kept(tmp_path, chinese), "代码")[1] == [(2, [Partly(dt.date(2023, 3, 15), "md")])]


def test_overlong_texts_are_named_and_not_cut(tmp_path: Path) -> None:
    for path in (
        kept(tmp_path, book(["代码"], ["x" * 5000])),
        kept(tmp_path, b"\xef\xbb\xbf" + "代码\n".encode() + b"x" * 5000 + b"\n", "a.csv"),
    ):
        [(_n, [cell])] = read(path, "代码")[1]
        assert isinstance(cell, Unread)
        assert "超过 4000 字" in cell.reason


# ---------------------------------------------------------------- number formats

NUMBERS = [
    # value, format, shown value, unit
    (61.5, '0.0"%"', 61.5, "%"),
    (61.5, "0.0\\%", 61.5, "%"),
    (0.615, "0.0%", 61.5, "%"),
    (0.035, "0%", 3.5, "%"),
    (0.035, "0.00%;[Red]-0.00%", 3.5, "%"),
    (-0.035, "0.00%;[Red]-0.00%", -3.5, "%"),
    (5, '0.0"‰"', 5, "‰"),
    (12345, "#,##0", 12345, ""),
    (12345, "#,##0,", 12.345, ""),
    (12345678, '0.00,,"百万元"', 12.345678, "百万元"),
    (12345, "0.0,", 12.345, ""),
    (12345, '0!.0,"万元"', 1.2345, "万元"),
    (12345, '0\\.0,"万元"', 1.2345, "万元"),
    (123456789, '0!.00,,"亿元"', 1.23456789, "亿元"),
    (12.5, '0.0"亿元"', 12.5, "亿元"),
    (12.5, 'General"亿元"', 12.5, "亿元"),
    (12.5, 'G/通用格式"亿元"', 12.5, "亿元"),
    (12.5, "0.0亿元", 12.5, "亿元"),
    (12.5, "[DBNum1]0.0", 12.5, ""),
    (12.5, "[$¥-804]#,##0.00", 12.5, ""),
    (12.5, '"¥"#,##0.00_);("¥"#,##0.00)', 12.5, ""),
    (-12.5, '"¥"#,##0.00_);("¥"#,##0.00)', -12.5, ""),
    (-12.5, "0.0_);[Red]0.0", -12.5, ""),
    (12.5, "_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ", 12.5, ""),
    (0, "_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ", 0, ""),
    (0.25, "# ?/?", 0.25, ""),
    (0.25, "# ??/100", 0.25, ""),
    (12500, "0.00E+00", 12500, ""),
    (12500, "##0.0E+0", 12500, ""),
    (20000, '[>=10000]0.0,"千元";0.0"元"', 20, "千元"),
    (200, '[>=10000]0.0,"千元";0.0"元"', 200, "元"),
    (0.5, "[<1]0.0%;0.0", 50, "%"),
    (2, "[<1]0.0%;0.0", 2, ""),
    (1234567, "# ##0", 1234567, ""),
    (12.5, "@", 12.5, ""),
    (7, '0"家"', 7, "家"),
    (7, '"约"0', 7, ""),
    (7, '0.0"m³"', 7, "m³"),
    (7, '0.0"μg/㎥"', 7, "μg/m³"),
    (7, '0.0"tCO2"', 7, "tCO2"),
    (61.5, "0.0[$%]", 61.5, "%"),
    (61.5, "0.0[$%-804]", 61.5, "%"),
    (61.5, "#,##0.0[$万元]", 61.5, "万元"),
    (61.5, "#,##0.00 [$¥-804]", 61.5, ""),
]  # fmt: skip


@pytest.mark.parametrize(("value", "form", "shown", "unit"), NUMBERS)
def test_a_number_is_the_one_that_the_sheet_shows(
    tmp_path: Path, value: float, form: str, shown: float, unit: str
) -> None:
    content = book(["数值"], [value], change=lambda sheet: setattr(sheet["A2"], "number_format", form))
    [(_n, [cell])] = read(kept(tmp_path, content), "数值")[1]
    assert values.number_of(cell) == (shown, unit)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0.5, "0.0%%"),
        (-5, "0.0;0.0"),  # hides the minus
        (5, '"-"0.0'),
        (5, "(0.0)"),
        (5, ";;;"),
        (0, "0;-0;"),
        (1, '"达标";"不达标"'),
        (5, '0"00"'),  # shows 500
        (5, '0" 000"'),
        (5, '"1"0'),
        (5, '0.0"×10⁴"'),
        (5, '0"-"0'),
        (12.5, "[$$-409]#,##0.00"),
        (12.5, "[$€-2] 0.0"),
        (45000, "yyyy/m/d"),
        (0.5, "h:mm"),
        (1.5, "[h]:mm"),
        (5, "0.0h"),
        (5, "0" * 300),
        (5, "0;0;0;0;0"),
    ],
)
def test_a_format_that_says_something_else_is_refused(tmp_path: Path, value: float, form: str) -> None:
    content = book(["数值"], [value], change=lambda sheet: setattr(sheet["A2"], "number_format", form))
    [(_n, [cell])] = read(kept(tmp_path, content), "数值")[1]
    with pytest.raises(InputError, match=r"格式|外币|日期|数字"):
        values.number_of(cell)


@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text('0#?.,%;[]"\\-_*ym dEeg+/@$¥万%<>=1', max_size=20),
)
@QUIET
def test_any_format_gives_a_number_or_a_sentence(value: float, form: str) -> None:
    for look in (formats.number_shown, formats.rendered):
        try:
            assert look(value, form) is not None
        except InputError as error:
            assert error.message


# ---------------------------------------------------------------- codes


@pytest.mark.parametrize(
    ("value", "form", "code"),
    [
        (123, "00000", "00123"),
        (123, "0", "123"),
        (123, "General", "123"),
        (7, '"NX-"000', "NX-007"),
        (1234567, "000-0000", "123-4567"),
        (640100202601001, "0", "640100202601001"),
        (110000, "0_ ", "110000"),
    ],
)
def test_codes_that_the_sheet_shows_whole_are_taken(tmp_path: Path, value: float, form: str, code: str) -> None:
    content = book(["代码"], [value], change=lambda sheet: setattr(sheet["A2"], "number_format", form))
    [(_n, [cell])] = read(kept(tmp_path, content), "代码")[1]
    assert spreadsheets.code_shown(cell) == code


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (911101087178254000, "0"),  # 18 digits: the last ones are lost
        (6401002026010010, "0"),
        (640100202601001, "General"),  # shown as 6.401E+14
        (123456, "0.00E+00"),
        (12345, "#,##0"),
        (1.1, "General"),
        (123, "0.00"),
        (0.5, "0%"),
        (-5, "0"),
        (True, "General"),
        (dt.date(2026, 3, 1), 'm"月"d"日"'),
        (dt.date(2026, 3, 1), "yyyy/m/d"),
        (dt.time(8, 30), "h:mm"),
        ("9.11101E+17", "General"),
    ],
)
def test_codes_that_a_program_has_turned_into_something_else_are_refused(tmp_path: Path, value: Any, form: str) -> None:
    content = book(["代码"], [value], change=lambda sheet: setattr(sheet["A2"], "number_format", form))
    [(_n, [cell])] = read(kept(tmp_path, content), "代码")[1]
    with pytest.raises(InputError, match="文本"):
        spreadsheets.code_shown(cell)


@pytest.mark.parametrize("text_", ["3月1日", "1-Mar", "Mar-01", "2026/3/1", "9.11E+17", "911101087178254000"])
def test_codes_in_a_csv_that_excel_saved(text_: str) -> None:
    with pytest.raises(InputError, match="文本"):
        spreadsheets.code_shown(text_, from_csv=True)


def test_codes_that_look_alike_are_one_code() -> None:
    for spelled in (
        "NX-Z-01\u200b",
        "\ufeffNX-Z-01",
        "ＮＸ－Ｚ－０１",
        "NX\u2011Z\u201101",
        " NX-Z-01\u00a0",
        "NX-Z-0\u00ad1",
        "NX\u2060-Z-01\ufe0f",
    ):
        assert spreadsheets.code_shown(spelled) == "NX-Z-01"
    with pytest.raises(InputError, match="“Х”是西里尔字母"):
        spreadsheets.code_shown("NХ-Z-01")


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_as_programs_in_china_write_it(tmp_path: Path, encoding: str, mark: str) -> None:
    lines = f'代码{mark}名称{mark}{mark}\r\n\r\nA{mark}"甲{mark}\n乙"{mark}{mark}\r\n{mark}{mark}{mark}\r\nB{mark}丙{mark}{mark}\r\n'
    table, rows = read(kept(tmp_path, lines.encode(encoding), "a.csv"), "代码")
    assert table.heading == ["代码", "名称"]
    assert [(n, cells[:2]) for n, cells in rows] == [(4, ["A", f"甲{mark}\n乙"]), (6, ["B", "丙"])]


def test_a_stated_delimiter_and_texts_kept_as_texts(tmp_path: Path) -> None:
    path = kept(tmp_path, '\ufeffsep=|\r\n代码|名称\r\n="00123"|a;b,c\r\n"=""00""""4"""|x\r\n'.encode(), "a.csv")
    assert [cells for _n, cells in read(path, "代码")[1]] == [["00123", "a;b,c"], ['00"4', "x"]]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("1,234.50", (1234.5, "")), ("(1,234.50)", (-1234.5, "")), ("¥1,234.00 ", (1234.0, "")), ("￥-5", (-5.0, "")), ("3.50%", (3.5, "%")),
        (" 1,234 ", (1234.0, "")), ("-¥5.00", (-5.0, "")), ("12.5\u200b", (12.5, "")), ("12.5\u2060亿元\ufeff", (12.5, "亿元")), ("１２．５", (12.5, "")),
    ],
)  # fmt: skip
def test_numbers_in_a_csv_that_excel_saved(content: str, shown: tuple[float, str]) -> None:
    assert values.number_of(content) == shown


@pytest.mark.parametrize("content", ["12,5", "0,125", "-0,125", "(0,125)", "1,23,456", "1.234,5", "12.5①5", "10²3"])
def test_no_part_of_a_number_is_taken_for_the_number(content: str) -> None:
    with pytest.raises(InputError, match="不是数字"):
        values.number_of(content)


@pytest.mark.parametrize(
    ("content", "mark"), [("12.5①", "①"), ("10²", "²"), ("2½", "½"), ("7㈠", "㈠"), ("3⑴", "⑴"), ("8₁", "₁")]
)
def test_a_mark_behind_a_number_is_no_digit_of_it(content: str, mark: str) -> None:
    # a unit that nobody knows: refused
    assert values.number_of(content) == (float(content.removesuffix(mark)), mark)


# ---------------------------------------------------------------- kinds of files


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("DOT", "."), content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
UTF16 = "utf-16-le"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.xlsx", "空的"),
        (b"", "a.csv", "空的"),
        (OLE + "Workbook".encode(UTF16), "a.xlsx", r"旧版 Excel 或 WPS 表格（.xls、.et）文件.*另存为"),
        (OLE + "Workbook".encode(UTF16), "a.xls", "旧版 Excel"),
        (OLE + b"\0" * (2 << 20) + "EncryptedPackage".encode(UTF16), "a.xlsx", "加了密码.*去掉密码"),
        (OLE + "WordDocument".encode(UTF16), "a.xlsx", "Word"),
        (OLE, "a.xlsx", "旧版 .xls 或加了密码"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "a.xls", "旧版 Excel"),
        (_zip(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", contentDOTxml=b""), "a.xlsx", r"\.ods"),
        (_zip(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", contentDOTxml=b""), "a.ods", r"\.ods"),
        (_zip(xl__workbookDOTbin=b""), "a.xlsx", r"\.xlsb"),
        (_zip(word__documentDOTxml=b"<a/>"), "a.xlsx", "Word"),
        (_zip(ppt__presentationDOTxml=b"<a/>"), "a.xlsx", "演示文稿"),
        (_zip(aDOTxlsx=b""), "a.xlsx", "解开"),
        (_zip(Index__DocumentDOTiwa=b""), "a.xlsx", "Numbers"),
        (_zip(aDOTxml=b"<a/>"), "a.csv", "扩展名"),
        ("代码,名称\nA,甲\n".encode(), "a.xlsx", r"CSV.*扩展名改为 \.csv"),
        ("代码\t名称\nA\t甲\n".encode("utf-16"), "a.xlsx", "CSV"),
        ("代码\t名称\nA\t甲\n".encode("gbk"), "a.xls", "CSV"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "网页（HTML）"),
        (b"\xef\xbb\xbf<!DOCTYPE html><table>", "a.xlsx", "网页（HTML）"),
        (b'  <table border="1"><tr><td>1', "a.csv", "网页（HTML）"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "a.xls", "MHTML"),
        (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook/>', "a.xls", "XML 电子表格 2003"),
        (b'<?xml version="1.0"?>\n<data/>', "a.xlsx", "XML"),
        (b"%PDF-1.7", "a.xlsx", "PDF"),
        (b"\x89PNG\r\n", "a.xlsx", "图片"),
        (b"Rar!\x1a\x07", "a.xlsx", "压缩"),
        (b"{\\rtf1", "a.xlsx", "RTF"),
        (b'{"a": 1}', "a.csv", "JSON"),
        (b"not a zip", "a.xlsx", "损坏"),
        (b"PK\x03\x04" + b"\0" * 100, "a.xlsx", "损坏"),
        (b"MZ\x90\x00" + b"\0" * 500, "a.xlsx", "损坏"),
        (book(["代码"], ["A"]), "a.xlsm", r"另存为 \.xlsx"),
        (b"\x00\x01\x02,\n", "a.csv", "空字符"),
        (b"\x81\x00\xff\xff", "a.csv", "UTF-8"),
        (b"a,b\n\"x,1\n", "a.csv", "引号"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "a.csv", "单元格过长"),
        (b"\n\n", "a.csv", "没有数据"),
        (book(), "a.xlsx", "没有数据"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_for_what_it_is(
    tmp_path: Path, content: bytes, name: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        read(kept(tmp_path, content, name), "代码")


def test_a_strict_workbook_reads_like_any(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["B2"].number_format = "0.0%"
        sheet.merge_cells("A2:A3")

    plain = book(["代码", "值"], ["A", 0.5], [None, "x"], change=change)
    assert b"purl.oclc.org" not in plain
    other = strict(plain)
    with zipfile.ZipFile(io.BytesIO(other)) as made:
        assert b"purl.oclc.org" in made.read("xl/workbook.xml")
    assert read(kept(tmp_path, other), "代码")[1] == read(kept(tmp_path, plain, "b.xlsx"), "代码")[1]
    dated = edited(other, "sheet1.xml", lambda xml: xml.replace(b't="n"><v>0.5', b't="d"><v>2026-03-01T08:30:00'))
    assert read(kept(tmp_path, dated), "代码")[1][0][1][1] == dt.datetime(2026, 3, 1, 8, 30)


# ---------------------------------------------------------------- hostile files


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    bomb = edited(book(["代码"], ["A"]), "theme1.xml", lambda _xml: b"0" * (40 << 20))
    with pytest.raises(InputError, match="解开后过大"):
        read(kept(tmp_path, bomb), "代码")
    many = _zip(**{f"x{n}": b"" for n in range(2100)})
    with pytest.raises(InputError, match="过大"):
        read(kept(tmp_path, many), "代码")
    long_list = book(["代码"], ["A"])
    at = long_list.rindex(b"PK\x05\x06")
    long_list = long_list[: at + 12] + (1 << 30).to_bytes(4, "little") + long_list[at + 16 :]
    with pytest.raises(InputError, match=r"过大|损坏"):
        read(kept(tmp_path, long_list), "代码")


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (replace(RECORDS, size=100), "超过"),
        (replace(RECORDS, unpacked=20_000), "解开后过大"),
        (replace(RECORDS, seconds=0.0), "读取时间过长"),
        (replace(RECORDS, columns=2), "表头超过 2 列"),
    ],
)
def test_size_unpacked_size_time_and_columns_are_bounded(tmp_path: Path, limits: Any, sentence: str) -> None:
    content = book(["代码", "a", "b"], *([f"A{n}", 1, 2] for n in range(500)))
    with pytest.raises(InputError, match=sentence):
        read(kept(tmp_path, content), "代码", limits=limits)


def test_shared_texts_are_bounded(tmp_path: Path) -> None:
    out = io.BytesIO()
    content = book(["代码"], ["A"])
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("sheet1.xml"):
                part = part.replace(
                    b"</row></sheetData>", b'</row><row r="3"><c r="A3" t="s"><v>0</v></c></row></sheetData>'
                )
            if name.endswith("workbook.xml.rels"):
                kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
                part = part.replace(
                    b"</Relationships>", f'<Relationship Id="s" Type="{kind}" Target="s.xml"/></Relationships>'.encode()
                )
            if not name.endswith("sharedStrings.xml"):
                target.writestr(name, part)
        target.writestr("xl/s.xml", f'<sst xmlns="{MAIN}">{"<si/>" * 5000}</sst>')
    path = kept(tmp_path, out.getvalue())
    assert len(read(path, "代码")[1]) == 1
    with pytest.raises(InputError, match="文字过多"):
        read(path, "代码", limits=replace(RECORDS, strings=50_000))


def test_a_tag_without_end_and_a_document_type_are_refused(tmp_path: Path) -> None:
    good = book(["代码"], ["A"])
    endless = edited(
        good, "sheet1.xml", lambda xml: xml.replace(b"<sheetData>", b'<sheetData a="' + b"x" * (3 << 20) + b'">')
    )
    with pytest.raises(InputError, match="损坏"):
        read(kept(tmp_path, endless), "代码")
    doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    for late in (b"", b"<!--" + b" " * 6000 + b"-->"):
        evil = edited(
            good,
            "sheet1.xml",
            lambda xml, late=late: late + doctype + xml if not late else doctype[:21] + late + doctype[21:] + xml,
        )
        with pytest.raises(InputError, match="DOCTYPE"):
            read(kept(tmp_path, evil), "代码")
    wide = edited(
        good,
        "sheet1.xml",
        lambda xml: (b'<?xml version="1.0" encoding="utf-16"?>' + doctype[21:] + xml).decode().encode("utf-16"),
    )
    with pytest.raises(InputError, match="DOCTYPE"):
        read(kept(tmp_path, wide), "代码")


WHOLE = book(
    ["代码", "区域", "值"], *([f"v{n}", "甲", n] for n in range(40)), change=lambda sheet: sheet.merge_cells("B2:B4")
)


@QUIET
@given(content=st.binary(max_size=2000), name=st.sampled_from(["a.csv", "a.xlsx", "a.xls"]))
def test_any_bytes_give_rows_or_a_sentence(tmp_path: Path, content: bytes, name: str) -> None:
    try:
        for number, _cells in read(kept(tmp_path, content, name), "代码")[1]:
            assert number >= 1
    except InputError as error:
        assert error.message


@QUIET
@given(data=st.data())
def test_any_damage_to_an_xlsx_gives_rows_or_a_sentence(tmp_path: Path, data: Any) -> None:
    """Bytes of the container are changed, or bytes of one of its parts."""
    broken = WHOLE
    if data.draw(st.booleans()):
        raw = bytearray(WHOLE)
        for _ in range(data.draw(st.integers(1, 6))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        broken = bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    else:
        with zipfile.ZipFile(io.BytesIO(WHOLE)) as source:
            victim = data.draw(st.sampled_from(source.namelist()))
        piece = data.draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from([b"<", b"&x;", b"</row>", b' t="e"', b' r="A0"', b"<v/>", b' r="2"', b' s="9"']),
            )
        )

        def change(part: bytes) -> bytes:
            at = data.draw(st.integers(0, len(part)))
            return part[:at] + piece + part[at + data.draw(st.integers(0, 40)) :]

        broken = edited(WHOLE, victim, change)
    try:
        for number, cells in read(kept(tmp_path, broken), "代码")[1]:
            assert number >= 1
            assert len(cells) <= RECORDS.columns + 1
    except InputError as error:
        assert error.message


# ---------------------------------------------------------------- writing


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
@QUIET
def test_what_is_written_is_read_again(tmp_path: Path, rows: list[list[Any]]) -> None:
    out = io.BytesIO()
    assert write_xlsx(out, "a/b:c*?[x]", ["甲", "乙", "丙"], rows) == len(rows)
    back = dict(read(kept(tmp_path, out.getvalue()), "甲")[1])
    for number, row in enumerate(rows, start=2):
        seen = [*back.get(number, []), None, None, None]
        for at, value in enumerate(row):
            if isinstance(value, str):
                assert seen[at] is None or isinstance(seen[at], (str, Unread)), (
                    "a text never comes back as something that was computed"
                )
            elif isinstance(value, float):
                assert seen[at] == pytest.approx(value)
            else:
                assert seen[at] == value
