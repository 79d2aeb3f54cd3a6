import io

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from qiangqu.plan.briefing import build, owed_by, report_day
from qiangqu.plan.official_paper import OfficialPaper
from qiangqu.plan.progress import measure_statuses
from qiangqu.plan.track import status

from .conftest import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def paper(tiny, put):
    put("ship_output", {"2030": 100, "2031": 103, "2032": 105}, simulated=True)
    put("labs", {"2032": 7})
    put("output_change", {"2032": 21.0})
    rows = status(DAY)
    data = build(tiny, rows, measure_statuses(tiny, rows, DAY), DAY, tiny.area)
    return Document(io.BytesIO(data))


def fonts(run) -> set[str]:
    found = run._element.rPr.rFonts
    return {found.get(qn(f"w:{kind}")) for kind in ("ascii", "hAnsi", "eastAsia")}


def paragraph(paper, text: str):
    return next(p for p in paper.paragraphs if text in p.text)


def test_page_is_that_of_the_standard(paper) -> None:
    """GB/T 9704—2012, 5.1 and 5.2: A4, top 37, left 28, type area 156 × 225, 22 lines of 28 characters."""
    section = paper.sections[0]
    near = lambda length, mm: abs(length - Mm(mm)) < Mm(0.1)  # noqa: E731
    assert near(section.page_width, 210) and near(section.page_height, 297)
    assert near(section.top_margin, 37) and near(section.left_margin, 28)
    assert near(section.page_width - section.left_margin - section.right_margin, 156)
    assert near(section.page_height - section.top_margin - section.bottom_margin, 225)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    assert int(grid.get(qn("w:linePitch"))) / 20 * 22 == pytest.approx(225 / 25.4 * 72, rel=0.002)
    assert (16 + int(grid.get(qn("w:charSpace"))) / 4096) * 28 == pytest.approx(156 / 25.4 * 72, rel=0.001)
    assert paper.styles["Normal"].paragraph_format.line_spacing.pt == pytest.approx(28.99, abs=0.05)


def test_type_faces_and_sizes(paper) -> None:
    head = paper.paragraphs[0].runs[0]
    assert head.text == "海澜省人民政府" and str(head.font.color.rgb) == "FF0000" and fonts(head) == {"方正小标宋简体"}
    title = paragraph(paper, "目标进展情况的通报").runs[0]
    assert title.font.size.pt == 22 and fonts(title) == {"方正小标宋简体"}
    first = paragraph(paper, "一、总体情况").runs[0]
    assert first.font.size.pt == 16 and fonts(first) == {"黑体"}
    second = paragraph(paper, "（一）").runs
    assert fonts(second[0]) == {"楷体_GB2312"} and fonts(second[1]) == {"仿宋_GB2312"} and second[1].font.size.pt == 16
    body = paragraph(paper, "量化目标共10项")
    assert fonts(body.runs[0]) == {"仿宋_GB2312"} and body.paragraph_format.first_line_indent.pt == 32


def test_red_line_under_the_number(paper) -> None:
    number = paragraph(paper, "〔2032〕")
    line = number._element.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert line.get(qn("w:color")) == "FF0000"


def test_page_numbers_between_dashes_right_and_left(paper) -> None:
    assert paper.settings.odd_and_even_pages_header_footer is True
    section = paper.sections[0]
    for footer, side in ((section.footer, 2), (section.even_page_footer, 0)):
        p = footer.paragraphs[0]
        assert p.text == "—  —" and int(p.alignment) == side
        assert "PAGE" in p._element.xml and fonts(p.runs[0]) == {"宋体"} and p.runs[0].font.size.pt == 14


def test_contents_come_from_the_status(paper) -> None:
    text = "\n".join(p.text for p in paper.paragraphs)
    assert "量化目标共10项（其中力争目标1项），已完成1项，正常0项，预警0项，滞后2项，无数据7项。" in text
    assert "截至2032年12月31日" in text and "（海政发〔2031〕2号）" in text
    lagging = paragraph(paper, "（一）船舶产值").text
    assert "按路径应为121亿元，差16亿元" in lagging and "责任单位：海澜省工业厅、东湾市人民政府" in lagging
    assert "应于2032年12月31日前达到121亿元" in lagging and "含模拟数据" in lagging
    assert "仅供演示" in text and "2033年1月20日前" in text
    assert text.rstrip().endswith("责任单位应办事项表") or "附件2" in text


def test_tables_hold_every_target_and_fit_the_type_area(paper) -> None:
    targets, owed = paper.tables
    assert len(targets.rows) == 11 and targets.rows[1].cells[1].text == "船舶产值"
    assert targets.rows[1].cells[4].text == "105亿元（模拟）" and targets.rows[1].cells[6].text == "滞后"
    assert targets.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    for table in (targets, owed):
        assert sum(cell.width for cell in table.rows[0].cells) <= Mm(156.5)
    assert [row.cells[0].text for row in owed.rows[1:]] == ["海澜省工业厅"] * 2


def test_deadlines(tiny, put) -> None:
    import datetime as dt

    assert report_day(tiny, dt.date(2032, 5, 3)) == dt.date(2032, 7, 20)
    assert report_day(tiny, dt.date(2032, 12, 31)) == dt.date(2033, 1, 20)
    put("ship_output", {"2030": 100, "2031": 103})
    ship = status(dt.date(2032, 5, 3))[0]
    assert owed_by(ship, dt.date(2032, 5, 3)) == (dt.date(2032, 12, 31), pytest.approx(121.0))


def test_many_lagging_targets_stay_readable() -> None:
    paper = OfficialPaper("试")
    paper.head("很长很长的发文机关名称联合办公室领导小组", "〔2032〕1号")
    paper.table(("甲", "乙"), [("1", "x" * 500)] * 200, (78, 78))
    assert Document(io.BytesIO(paper.data())).tables[0].rows[200].cells[0].text == "1"
