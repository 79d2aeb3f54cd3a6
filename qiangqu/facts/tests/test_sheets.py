"""Facts from spreadsheets and CSV as people have them: what the sheet shows is what becomes a fact, or the
row is refused and says why.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.errors import InputError
from qiangqu.facts import importing
from qiangqu.facts.models import Element, Fact, Source
from qiangqu.ui.tests.books import book, kept, strict

pytestmark = pytest.mark.django_db
HEAD = ["要素", "区域", "时期", "数值", "单位"]
SHORT = ["gross_output", "R", "2024"]


def _one(shown: importing.Preview) -> tuple[Any, ...]:
    assert not shown.bad, shown.bad
    [change] = shown.changes
    return change.element, change.period, change.value, change.unit


def _formatted(
    value: Any, form: str, unit: str | None = None, element: str = "gross_output", subject: str = "R"
) -> bytes:
    return book(
        HEAD, [element, subject, "2024", value, unit], change=lambda sheet: setattr(sheet["D2"], "number_format", form)
    )


def test_a_percent_sign_that_is_only_shown(land: Any, tmp_path: Path) -> None:
    """Fault 08: 61.5 in the format 0.0"%" is 61.5 %."""
    for value, form in ((61.5, '0.0"%"'), (0.615, "0.0%"), (61.5, "0.0\\%")):
        content = _formatted(value, form, element="工业总产值增速", subject="东市")
        assert _one(importing.preview(kept(tmp_path, content)))[2:] == (61.5, "%")


@pytest.mark.parametrize(
    ("value", "form", "unit", "stored"),
    [
        (12.5, '0.0"亿元"', None, 12.5),
        (125000, '0!.0,"万元"', None, 0.00125),
        (12500, "#,##0,", "亿元", 12.5),
        (12.5, '0.0"万"', "元", 0.00125),
        (12.5, "[$¥-804]#,##0.00", "亿元", 12.5),
        (-12.5, "0.0_);[Red](0.0)", "亿元", -12.5),
        (0.25, "# ?/?", "亿元", 0.25),
    ],
)
def test_a_value_is_the_one_that_the_sheet_shows(
    land: Any, tmp_path: Path, value: float, form: str, unit: str | None, stored: float
) -> None:
    assert _one(importing.preview(kept(tmp_path, _formatted(value, form, unit))))[2] == pytest.approx(stored, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "form", "unit", "said"),
    [
        (12.5, '0.0"亿元"', "万元", "不一致"),
        (12.5, "[$$-409]0.00", "亿元", "外币"),
        (-5, "0;0", "亿元", "不显示负号"),
        (5, ";;;", "亿元", "不显示"),
        (12.5, '0.0"万"', "万元", "不一致"),
        (45000, "yyyy/m/d", "亿元", "日期"),
    ],
)
def test_a_value_that_the_sheet_does_not_show_is_refused(
    land: Any, tmp_path: Path, value: float, form: str, unit: str, said: str
) -> None:
    [bad] = importing.preview(kept(tmp_path, _formatted(value, form, unit))).bad
    assert said in bad.reason


def test_the_visible_table_is_read_and_named(land: Any, tmp_path: Path) -> None:
    """Fault 09: a hidden first sheet with 99 before the visible 12.5, and a page of notes before both."""

    def change(sheet: Any) -> None:
        sheet.title, sheet.sheet_state = "旧数据", "veryHidden"
        notes = sheet.parent.create_sheet("说明")
        notes.append(["填报说明"])
        table = sheet.parent.create_sheet("数据")
        for row in (HEAD, [*SHORT, 12.5, "亿元"], [*SHORT[:2], "2023", 5, "亿元"]):
            table.append(row)
        table.row_dimensions[3].hidden = True
        sheet.parent.active = 2

    shown = importing.preview(kept(tmp_path, book(HEAD, [*SHORT, 99, "亿元"], change=change)))
    assert _one(shown)[2] == 12.5
    said = "；".join(shown.notes)
    assert all(part in said for part in ("“数据”", "说明", "旧数据（隐藏）", "1 行没有读取"))
    assert shown.as_json()["notes"] == shown.notes


def test_a_refusal_names_the_sheet(land: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="缺少列：区域") as caught:
        importing.preview(
            kept(
                tmp_path, book(["要素", "时期", "数值"], ["a", "2024", 1], change=lambda s: setattr(s, "title", "一表"))
            )
        )
    assert "一表" in str(caught.value)
    with pytest.raises(InputError, match="找不到表头") as caught:
        importing.preview(kept(tmp_path, book(["甲", "乙"], [1, 2], change=lambda s: setattr(s, "title", "一表"))))
    assert "一表" in str(caught.value)


@pytest.mark.parametrize("column", range(7))
def test_an_error_cell_or_a_formula_without_result_refuses_its_row_in_every_column(
    land: Any, tmp_path: Path, column: int
) -> None:
    """Faults 11, 15 and 16: also in notes and titles of sources."""
    head = [*HEAD, "来源", "备注"]
    for cell, said in (("#N/A", "#N/A"), ("=A1&B1", "公式")):
        row: list[Any] = [*SHORT, 1, "亿元", "年鉴", "x"]
        row[column] = cell
        [bad] = importing.preview(kept(tmp_path, book(head, row))).bad
        assert said in bad.reason
        assert f"{'ABCDEFG'[column]}2" in bad.reason


@pytest.mark.parametrize("mark", ["\u200b", "\ufeff", "\u2060", "\u00ad", "\u200e", "\u202c", "\u180e"])
def test_invisible_characters_carry_no_meaning(land: Any, tmp_path: Path, mark: str) -> None:
    """Fault 12: in headings, codes, names, periods, values and units, in .xlsx and .csv."""
    rows = [HEAD, ["工业总产值", "甲园区", "2024年1—6月", "12.5", "亿元"]]
    spoiled = [[f"{cell[:1]}{mark}{cell[1:]}{mark}" for cell in row] for row in rows]
    text = "\n".join(",".join(row) for row in spoiled)
    for path in (kept(tmp_path, book(*spoiled)), kept(tmp_path, text.encode(), "a.csv")):
        assert _one(importing.preview(path)) == ("工业总产值", "2024年1—6月", 12.5, "亿元")


def test_a_strict_workbook(land: Any, tmp_path: Path) -> None:
    """Fault 13."""
    assert _one(importing.preview(kept(tmp_path, strict(book(HEAD, [*SHORT, 12.5, "亿元"])))))[2] == 12.5


def test_codes_that_excel_made_numbers(land: Any, tmp_path: Path) -> None:
    """Fault 17, in the columns of facts."""
    type(land.a1).objects.filter(pk=land.a1.pk).update(code="00123")
    head = ["要素", "企业", "时期", "数值", "单位"]

    def preview(value: Any, form: str) -> importing.Preview:
        content = book(
            head, ["gross_output", value, "2024", 1, "亿元"], change=lambda s: setattr(s["B2"], "number_format", form)
        )
        return importing.preview(kept(tmp_path, content))

    assert preview(123, "00000").new == 1
    for value, form in (
        (123, "General"),
        (9.11e17, "0"),
        (911101087178, "General"),
        (dt.date(2026, 3, 1), 'm"月"d"日"'),
    ):
        assert preview(value, form).bad_count == 1, (value, form)
    saved = kept(tmp_path, "要素,企业,时期,数值,单位\ngross_output,9.11E+17,2024,1,亿元\n".encode(), "a.csv")
    assert "科学计数" in importing.preview(saved).bad[0].reason


@pytest.mark.parametrize(
    ("cell", "form", "period"),
    [
        (dt.date(2024, 6, 1), "mmm-yy", "2024年6月"),
        (dt.date(2024, 6, 1), "yyyy/m/d", "2024年6月"),
        (dt.date(2024, 1, 1), "yyyy", "2024年"),
        (dt.date(2024, 1, 1), 'yyyy"年"', "2024年"),
        (2024, "0", "2024年"),
        (2024, "#,##0", "2024年"),
        (2024, '0"年"', "2024年"),
        (202406, '0000"年"00"月"', "2024年6月"),
        (202406, "General", "2024年6月"),
        ("Jun-24", "General", "2024年6月"),
        ("2024/6/1", "General", "2024年6月"),
    ],
)
def test_periods_as_excel_keeps_them(land: Any, tmp_path: Path, cell: Any, form: str, period: str) -> None:
    content = book(
        HEAD, ["gross_output", "R", cell, 1, "亿元"], change=lambda s: setattr(s["C2"], "number_format", form)
    )
    assert _one(importing.preview(kept(tmp_path, content)))[1] == period


@pytest.mark.parametrize(
    ("cell", "form"),
    [(dt.date(2024, 3, 1), 'm"月"d"日"'), (dt.date(2024, 6, 15), "yyyy/m/d"), (2024.5, "0"), (0.5, "0%")],
)
def test_periods_that_are_not_surely_meant(land: Any, tmp_path: Path, cell: Any, form: str) -> None:
    content = book(
        HEAD, ["gross_output", "R", cell, 1, "亿元"], change=lambda s: setattr(s["C2"], "number_format", form)
    )
    assert importing.preview(kept(tmp_path, content)).bad_count == 1


def test_the_csv_that_excel_saved(land: Any, tmp_path: Path) -> None:
    """GBK, empty columns at the end, months and dates as Excel writes them, thousands and percent."""
    text = (
        "要素,区域,单位名称,时期,数值,计量单位,来源标题,来源网址,发布日期,备注,取用,,\r\n"
        '工业总产值,甲园区,,Jun-24,"1,234.50",万元,统计公报（快报）,,2024/7/23,,,,\r\n'
        "工业总产值增速,东市,,2024年,3.50%,,统计公报（快报）,,23-Jul-24,,,,\r\n"
        ",,,,,,,,,,,,\r\n"
    )
    shown = importing.preview(kept(tmp_path, text.encode("gbk"), "a.csv"), land.planner)
    assert (shown.new, shown.bad_count, shown.ignored) == (2, 0, [])
    importing.commit(kept(tmp_path, text.encode("gbk"), "a.csv"), land.planner, key="k")
    assert [(s.title, s.published_on) for s in Source.objects.filter(title__contains="快报")] == [
        ("统计公报（快报）", "2024-07-23")
    ]
    assert sorted(Fact.objects.values_list("value", flat=True)) == [0.12345, 3.5]


def test_what_the_product_prints_it_reads(land: Any, tmp_path: Path) -> None:
    """Use W4: names with full-width brackets, and titles of sources that stay as they are written."""
    Element.objects.create(code="firms", name="规上企业数（家）", unit="家", kind="stock", aggregation="sum")
    head = [*HEAD, "来源标题"]
    title = "《2024年统计公报》（初步核算）：第１部分"
    for name in ("规上企业数（家）", "规上企业数(家)", "规上企业数（家）（firms）", "FIRMS"):
        shown = importing.preview(kept(tmp_path, book(head, [name, "甲园区（Z-A）", "2024年", 5, "家", title])))
        assert _one(shown)[0] == "规上企业数（家）"
    importing.commit(kept(tmp_path, book(head, ["firms", "R", "2024", 5, "家", title])), land.planner, key="k1")
    assert Source.objects.filter(title=title).count() == 1
    # another width of the same title is the same source
    importing.commit(
        kept(tmp_path, book(head, ["firms", "R", "2023", 5, "家", "《2024年统计公报》(初步核算):第1部分"])),
        land.planner,
        key="k2",
    )
    assert Source.objects.filter(title__contains="统计公报》").count() == 1
    assert importing.preview(kept(tmp_path, book(head, ["firms", "R", "2024", 5, "家", title]))).repeats == 1
