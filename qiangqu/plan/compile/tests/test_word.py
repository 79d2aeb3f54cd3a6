"""What Word shows reaches the compiler exactly once, in order; what tracking struck out does not."""

import io
import re
import zipfile
from dataclasses import dataclass
from dataclasses import field as empty
from typing import Any

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.plan.compile import DocumentError, compile_source, read_bytes

from .word_files import NAMESPACES, box, cell, field, mark, p, package, part, row, sdt, t, table, tracked, vml


def read(body: str, parts: dict[str, Any] | None = None, **options: Any) -> list[str]:
    """The lines that hold something."""
    text = read_bytes(package(body, parts, **options), "计划.docx").text
    return [line for line in text.split("\n") if line.strip()]


STYLES = part(
    "styles",
    '<w:style w:type="paragraph" w:default="1" w:styleId="n"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="character" w:styleId="hid"><w:name w:val="h"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="hid2"><w:name w:val="h2"/><w:basedOn w:val="hid"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="gone"><w:name w:val="g"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="h1"><w:name w:val="heading 1"/></w:style>',
)


# ---------------------------------------------------------------- one by one


def test_the_given_document() -> None:
    body = (
        p(t("某某园区工业强区行动方案（2026—2030年）"))
        + p(t("一、主要目标"))
        + p(t("到2030年，园区工业总产值达到") + tracked("del", t("1000")) + tracked("ins", t("1200")) + t("亿元。"))
        + p(tracked("ins", t("到2030年，规模以上工业企业达到300家。")), mark("ins"))
        + p(t("到2030年，研发投入强度达到2.5%。"))
    )
    plan = compile_source(read_bytes(package(body), "计划.docx"))
    assert [(one["value"], one["unit"]) for one in plan["targets"]] == [(1200, "亿元"), (300, "家"), (2.5, "%")]


def test_deleted_end_of_a_paragraph_joins_the_next() -> None:
    assert read(p(t("甲"), mark("del")) + p(t("乙")) + p(t("丙"))) == ["甲乙", "丙"]
    assert read(p(t("甲"), mark("moveFrom")) + p(tracked("moveFrom", t("旧")), mark("del")) + p(t("乙"))) == ["甲乙"]
    assert read(p(tracked("del", t("全删")), mark("del")) + p(t("乙"), '<w:pStyle w:val="h1"/>')) == ["乙"]
    assert read(sdt(p(t("甲"), mark("del"))) + p(t("乙"))) == ["甲乙"]


@pytest.mark.parametrize("kind", ["ins", "moveTo"])
def test_inserted_and_moved_text_is_there(kind: str) -> None:
    assert read(p(t("甲") + tracked(kind, t("乙") + tracked("del", t("丙"))) + t("丁"))) == ["甲乙丁"]


@pytest.mark.parametrize("kind", ["del", "moveFrom"])
def test_deleted_text_is_not(kind: str) -> None:
    assert read(p(t("甲") + tracked(kind, t("乙") + "<w:hyperlink>" + t("丙") + "</w:hyperlink>") + t("丁"))) == [
        "甲丁"
    ]


def test_rows_and_cells_of_tables() -> None:
    deleted = '<w:del w:id="1" w:author="A"/>'
    lines = read(
        table(
            row(cell(p(t("甲"))), cell(p(t("乙")))),
            row(cell(p(t("子"))), cell(p(t("丑"))), properties=deleted),
            row(
                cell(p(t("丙"))),
                cell(p(t("废")), '<w:cellDel w:id="3" w:author="A"/>'),
                cell(p(tracked("ins", t("丁")))),
            ),
            sdt(row(sdt(cell(p(t("戊")))), cell(sdt(p(sdt(t("己"))))), properties='<w:ins w:id="4" w:author="A"/>')),
        )
    )
    assert lines == ["甲\t乙", "丙\t丁", "戊\t己"]


def test_nested_tables_and_boxes() -> None:
    inner = table(row(cell(p(t("子"))), cell(p(t("丑")))))
    assert read(table(row(cell(p(t("甲")) + inner + p(t("乙"))), cell(p(t("丙")))))) == ["甲 子 丑 乙\t丙"]
    framed = read(table(row(cell(p(t("专栏1")) + inner + p(t("乙"))))))
    assert framed == ["专栏1", "子\t丑", "乙"]
    boxed = read(p(t("甲") + box(p(t("框一")) + p(t("框二"))) + t("乙")) + p(t("丙")))
    assert boxed == ["甲乙", "框一", "框二", "丙"]
    assert read(p(f"<w:r>{vml(p(t('旧框')))}</w:r>")) == ["旧框"]
    assert read(p(t("甲") + box(p(t("外") + box(p(t("内"))))))) == ["甲", "外", "内"]


def test_cells_merged_down_stand_once_and_count_for_each_row() -> None:
    first, further = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = (
        p(t("某市工业行动方案（2026—2030年）"))
        + p(t("主要指标"))
        + table(
            row(*(cell(p(t(text))) for text in ("类别", "指标", "单位", "2030年目标"))),
            row(cell(p(t("规模")), first), cell(p(t("工业产值"))), cell(p(t("亿元")), first), cell(p(t("500")))),
            row(cell(p(""), further), cell(p(t("工业投资"))), cell(p(t("不显示")), further), cell(p(t("80")))),
        )
    )
    source = read_bytes(package(body), "计划.docx")
    assert source.text.count("亿元") == 1 and source.text.count("规模") == 1 and "不显示" not in source.text
    found = [(one["indicator"], one["value"], one["unit"]) for one in compile_source(source)["targets"]]
    assert found == [("工业产值", 500, "亿元"), ("工业投资", 80, "亿元")]


def test_table_of_two_columns_is_not_a_table_of_contents() -> None:
    body = p(t("某市工业行动方案（2026—2030年）")) + table(
        row(cell(p(t("指标"))), cell(p(t("2030年")))), row(cell(p(t("规模以上企业（家）"))), cell(p(t("300"))))
    )
    found = compile_source(read_bytes(package(body), "计划.docx"))["targets"]
    assert [(one["value"], one["unit"]) for one in found] == [(300, "家")]


def test_fields_show_their_results() -> None:
    nested = field("IF " + "</w:instrText></w:r>" + field("PAGE", t("9")) + "<w:r><w:instrText> = 1", t("果"))
    for xml, shown in (
        (field("DATE", t("结果")), "结果"),
        (nested, "果"),
        ('<w:fldSimple w:instr="DOCPROPERTY x">' + t("值") + "</w:fldSimple>", "值"),
        (field(r"eq \o\ac(○,3)", None), "3"),
        (field(r"EQ \f(1,2)", None), "1/2"),
        (field("MACROBUTTON None [点这里]", None), "[点这里]"),
        (field("HYPERLINK x", t("链") + tracked("del", t("旧")) + tracked("ins", t("新"))), "链新"),
    ):
        assert read(p(t("前") + xml + t("后"))) == [f"前{shown}后"]


def test_field_over_several_paragraphs_and_one_without_an_end() -> None:
    whole = field("TOC", "|").split("|")
    assert read(p(whole[0] + t("一")) + p(t("二") + whole[1] + t("三"))) == ["一", "二三"]
    assert read(p('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + t("甲")) + p(t("乙"))) == ["甲", "乙"]


def test_drop_down_form_field_shows_its_choice() -> None:
    choices = '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="甲"/><w:listEntry w:val="乙"/></w:ddList></w:ffData>'
    xml = field("FORMDROPDOWN", None).replace('"begin"/>', f'"begin">{choices}</w:fldChar>')
    assert read(p(t("选") + xml)) == ["选乙"]


def test_hidden_and_struck_out_text() -> None:
    hidden = ("<w:vanish/>", '<w:rStyle w:val="hid"/>', '<w:rStyle w:val="hid2"/>', "<w:strike/>", "<w:dstrike/>")
    shown = ('<w:vanish w:val="0"/>', '<w:rStyle w:val="hid"/><w:vanish w:val="false"/>', "<w:webHidden/>", "<w:b/>")
    for properties in hidden:
        assert read(p(t("甲") + t("乙", properties) + t("丙")), {"s.xml": ("styles", STYLES)}) == ["甲丙"]
    for properties in shown:
        assert read(p(t("甲") + t("乙", properties) + t("丙")), {"s.xml": ("styles", STYLES)}) == ["甲乙丙"]
    gone = '<w:pStyle w:val="gone"/>'
    styled = p(t("隐"), gone) + p(t("甲")) + p(t("显", '<w:vanish w:val="0"/>'), gone) + p(t("乙"))
    assert read(styled, {"s.xml": ("styles", STYLES)}) == ["甲", "显乙"]


def test_characters_that_are_elements() -> None:
    for xml, shown in (
        ("<w:noBreakHyphen/>", "-"),
        ("<w:softHyphen/>", ""),
        ("<w:tab/>", "\t"),
        ('<w:sym w:font="Symbol" w:char="F0B3"/>', "≥"),
        ('<w:sym w:font="Wingdings" w:char="F0FE"/>', "☑"),
        ('<w:sym w:font="宋体" w:char="2264"/>', "≤"),
        ('<w:br w:type="page"/>', ""),
        ("<w:lastRenderedPageBreak/>", ""),
        ("<w:t>\n   12\n  </w:t>", "12"),
        (
            "<w:ruby><w:rt><w:r><w:t>qu</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>区</w:t></w:r></w:rubyBase></w:ruby>",
            "区",
        ),
    ):
        assert read(p(t("前") + f"<w:r>{xml}</w:r>" + t("后"))) == [f"前{shown}后"]
    assert read(p(t("前") + "<w:r><w:br/></w:r>" + t("后"))) == ["前", "后"]
    assert read(p(t("值") + t("\uf0a3", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>') + t("5"))) == ["值≤5"]


def test_wrappers_links_and_alternatives() -> None:
    for wrapper in ("hyperlink", "smartTag", "customXml", "bdo", "dir"):
        assert read(p(t("甲") + f"<w:{wrapper}>{t('乙')}</w:{wrapper}>" + t("丙"))) == ["甲乙丙"]
    assert read("<w:customXml>" + p(t("甲")) + "</w:customXml>" + sdt(sdt(p(t("乙"))))) == ["甲", "乙"]
    both = "<mc:AlternateContent>{}<mc:Fallback>{}</mc:Fallback></mc:AlternateContent>"
    known = both.format(f'<mc:Choice Requires="wps">{t("新")}</mc:Choice>', t("旧"))
    unknown = both.format(f'<mc:Choice Requires="nn">{t("新")}</mc:Choice>', t("旧"))
    assert read(p(known)) == ["新"] and read(p(unknown)) == ["旧"]
    blocks = both.format(f'<mc:Choice Requires="wps">{p(t("新"))}</mc:Choice>', p(t("旧")))
    assert read(blocks) == ["新"]
    assert read(p(t("甲") + "<nn:x>" + t("不识") + "</nn:x>")) == ["甲"]


def test_formulas() -> None:
    def run(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    power = f"<m:sSup><m:e>{run('10')}</m:e><m:sup>{run('4')}</m:sup></m:sSup>"
    part_of = f"<m:f><m:num>{run('1')}</m:num><m:den>{run('2')}</m:den></m:f>"
    xml = f"<m:oMath>{run('x=')}{power}{tracked('del', run('旧'))}{tracked('ins', part_of)}</m:oMath>"
    assert read(p(t("式") + xml)) == ["式x=10^41/2"]


def test_notes_follow_what_refers_to_them() -> None:
    def note(kind: str, key: int, text: str, more: str = "") -> str:
        return f'<w:{kind} w:id="{key}"{more}>{p(f"<w:r><w:{kind}Ref/></w:r>" + text)}</w:{kind}>'

    foot = note("footnote", 0, t("线"), ' w:type="separator"') + note(
        "footnote", 1, t("脚注") + tracked("del", t("旧"))
    )
    parts = {
        "f.xml": ("footnotes", part("footnotes", foot + note("footnote", 2, t("没人提")))),
        "e.xml": ("endnotes", part("endnotes", note("endnote", 1, t("尾注")))),
    }
    foot_reference = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    body = p(t("甲") + foot_reference + t("乙")) + table(
        row(cell(p(t("丙") + '<w:r><w:endnoteReference w:id="1"/></w:r>')), cell(p(t("丁"))))
    )
    assert read(body + p(t("戊") + foot_reference), parts) == ["甲乙", "脚注", "丙\t丁", "尾注", "戊"]
    assert read(p(t("甲") + tracked("del", foot_reference)), parts) == ["甲"]


def test_headers_and_footers_come_last_and_once() -> None:
    reference = '<w:{}Reference w:type="{}" r:id="{}"/>'
    section = f"<w:sectPr>{reference.format('header', 'default', 'h.xml')}{reference.format('header', 'first', 'h1.xml')}{reference.format('footer', 'default', 'f.xml')}</w:sectPr>"
    parts = {
        "h.xml": ("header", part("hdr", p(t("甲")) + p(t("内部文件")))),
        "h1.xml": ("header", part("hdr", p(t("首页才有")))),
        "f.xml": ("footer", part("ftr", p(t("第") + field("PAGE", t("1")) + t("页")))),
    }
    assert read(p(t("甲"), section) + p(t("乙")) + section, parts) == ["甲", "乙", "内部文件"]
    assert read(p(t("甲")) + section.replace("</w:sectPr>", "<w:titlePg/></w:sectPr>"), parts)[1:] == [
        "内部文件",
        "首页才有",
    ]


def test_diagrams_charts_and_words_on_shapes() -> None:
    drawing = "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData>{}</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    shape_text = "<a:p><a:r><a:t>形状</a:t></a:r></a:p>"
    text = "<dgm:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:t>"
    points = '<dgm:pt modelId="0" type="doc"/>' + "".join(
        f'<dgm:pt modelId="{at}">{text.format(word)}</dgm:pt>' for at, word in ((2, "后"), (1, "先"))
    )
    links = (
        '<dgm:cxn modelId="8" srcId="0" destId="1" srcOrd="0"/><dgm:cxn modelId="9" srcId="0" destId="2" srcOrd="1"/>'
    )
    parts = {
        "d.xml": (
            "diagramData",
            f"<dgm:dataModel {NAMESPACES}><dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst></dgm:dataModel>",
        ),
        "c.xml": (
            "chart",
            f"<c:chartSpace {NAMESPACES}><c:chart><c:title>{shape_text.replace('形状', '图题')}</c:title></c:chart></c:chartSpace>",
        ),
    }
    body = p(drawing.format(shape_text)) + p(drawing.format('<dgm:relIds r:dm="d.xml"/>'))
    body += p(drawing.format('<c:chart r:id="c.xml"/>')) + p(
        '<w:r><w:pict><v:shape><v:textpath string="艺术字"/></v:shape></w:pict></w:r>'
    )
    assert read(body, parts) == ["形状", "先", "后", "图题", "艺术字"]
    hidden = drawing.format(shape_text).replace("<wp:inline>", '<wp:inline><wp:docPr id="1" name="x" hidden="1"/>')
    assert read(p(t("甲") + hidden)) == ["甲"]


def test_embedded_documents() -> None:
    body = p(t("甲")) + '<w:altChunk r:id="{}"/>' + p(t("乙"))
    page = "<html><head><title>题</title></head><body><p>丙</p><table><tr><td>丁</td><td>戊</td></tr></table></body></html>"
    assert read(body.format("c.html"), {"c.html": ("aFChunk", page)}) == ["甲", "丙", "丁\t戊", "乙"]
    inner = package(p(t("里") + tracked("del", t("旧"))))
    assert read(body.format("c.docx"), {"c.docx": ("aFChunk", inner)}) == ["甲", "里", "乙"]
    with pytest.raises(DocumentError, match="子文档"):
        read(body.format("c.rtf"), {"c.rtf": ("aFChunk", "{\\rtf1 x}")})


def test_strict_form_and_other_names_of_parts() -> None:
    body = p(t("甲") + tracked("del", t("旧")) + tracked("ins", t("新"))) + table(
        row(cell(p(t("丙"))), cell(p(t("丁"))))
    )
    assert read(body, as_strict=True) == ["甲新", "丙\t丁"]
    assert read(body, main="word/document2.xml") == ["甲新", "丙\t丁"]


NUMBERS = part(
    "numbering",
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>',
)


def test_numbers_of_lists_go_on_as_in_word() -> None:
    def item(text: str, number: int, level: int = 0, more: str = "") -> str:
        return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>{more}')

    body = item(t("甲"), 1) + item(tracked("del", t("旧")), 1, 0, mark("del")) + item(t("乙"), 2) + item(t("丙"), 1, 1)
    body += item(t("丁"), 3) + item(t("戊"), 3)
    parts = {"n.xml": ("numbering", NUMBERS)}
    assert read(body, parts) == ["一、甲", "二、乙", "1.1丙".replace("1.1", "2.1"), "一、丁", "二、戊"]
    counted = table(*(row(cell(item("", 1)), cell(p(t(text)))) for text in "甲乙"))
    assert read(counted, parts) == ["一、\t甲", "二、\t乙"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{\\rtf1\\ansi text}", "另存为 .docx"),
        (b"<html>text</html>", "另存为 .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 .doc"),
        (package(p(t("甲"))).replace(b"PK\x05\x06", b"PK\x00\x00"), "损坏"),
    ],
)
def test_other_files_are_named_for_what_they_are(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        read_bytes(data, "计划.docx")


def test_declared_entities_are_refused() -> None:
    data = package(p(t("&amp;x;")))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given_, zipfile.ZipFile(buffer, "w") as archive:
        for name in given_.namelist():
            content = given_.read(name).decode()
            declared = content.replace("?><w:doc", '?><!DOCTYPE w:document [<!ENTITY x "1000">]><w:doc').replace(
                "&amp;x;", "&x;"
            )
            archive.writestr(name, declared)
    with pytest.raises(DocumentError, match="DTD"):
        read_bytes(buffer.getvalue(), "计划.docx")


def test_what_python_docx_writes_reads_as_before() -> None:
    document = Document()
    document.add_heading("一、总体目标", 1)
    document.add_paragraph("到2030年达到500亿元。")
    made = document.add_table(rows=1, cols=3)
    for one, text in zip(made.rows[0].cells, "甲乙丙", strict=True):
        one.text = text
    made.add_row().cells[0].merge(made.rows[1].cells[1]).text = "丁"
    buffer = io.BytesIO()
    document.save(buffer)
    source = read_bytes(buffer.getvalue(), "a.docx")
    assert source.text.split("\n") == ["一、总体目标", "到2030年达到500亿元。", "甲\t乙\t丙", "丁\t\t"]
    assert source.headings == {0: 1}


# ---------------------------------------------------------------- anything


@dataclass
class Shown:
    """What a piece shows: ``line`` within its paragraph, ``after`` anchored to it, ``notes`` referred to."""

    line: list[str] = empty(default_factory=list)
    after: list[str] = empty(default_factory=list)
    notes: list[str] = empty(default_factory=list)

    def __add__(self, other: "Shown") -> "Shown":
        return Shown(self.line + other.line, self.after + other.after, self.notes + other.notes)


class Maker:
    """XML of a drawn tree, and the words that it shows in order."""

    def __init__(self) -> None:
        self.count = 0
        self.footnotes: list[str] = []

    def word(self) -> str:
        self.count += 1
        return f"T{self.count}X"

    def inlines(self, nodes: Any) -> tuple[str, Shown]:
        made = [self.inline(*node) for node in nodes]
        return "".join(xml for xml, _shown in made), sum((shown for _xml, shown in made), Shown())

    def inline(self, kind: str, inside: Any) -> tuple[str, Shown]:
        if kind in ("text", "hidden", "struck", "math", "symbol"):
            word = self.word()
            if kind == "math":
                return f"<m:oMath><m:r><m:t>{word}</m:t></m:r></m:oMath>", Shown([word])
            if kind == "symbol":
                return f'<w:r><w:t>{word}</w:t><w:sym w:font="Symbol" w:char="F0B3"/></w:r>', Shown([word])
            properties = {"hidden": "<w:vanish/>", "struck": "<w:strike/>"}.get(kind, "")
            return t(word, properties), Shown([] if properties else [word])
        if kind in ("box", "vml"):
            xml, shown = self.blocks(inside)
            made = box(xml) if kind == "box" else f"<w:r>{vml(xml)}</w:r>"
            return made, Shown([], shown.line + shown.after, shown.notes)
        if kind == "note":
            xml, shown = self.inlines([one for one in inside if one[0] in ("text", "math", "hidden")])
            self.footnotes.append(f'<w:footnote w:id="{len(self.footnotes) + 1}">{p(xml)}</w:footnote>')
            return f'<w:r><w:footnoteReference w:id="{len(self.footnotes)}"/></w:r>', Shown([], [], shown.line)
        xml, shown = self.inlines(inside)
        if kind in ("del", "moveFrom"):
            return tracked(kind, xml), Shown()
        if kind in ("ins", "moveTo"):
            return tracked(kind, xml), shown
        if kind == "field":
            return field("REF x", xml), shown
        if kind == "fldSimple":
            return f'<w:fldSimple w:instr="REF x">{xml}</w:fldSimple>', shown
        if kind == "sdt":
            return sdt(xml), shown
        return f"<w:{kind}>{xml}</w:{kind}>", shown

    def blocks(self, nodes: Any) -> tuple[str, Shown]:
        """Everything that blocks show is in the order of ``line``; paragraphs whose ends are gone share one
        line.
        """
        flat: list[tuple[Shown, bool]] = []
        xml = "".join(self.block(node, flat) for node in nodes)
        shown, waiting = Shown(), Shown()
        for one, open_end in flat:
            if open_end is None:  # a table: nothing joins over it
                shown = Shown(
                    shown.line + waiting.line + waiting.after + one.line, [], shown.notes + waiting.notes + one.notes
                )
                waiting = Shown()
                continue
            waiting += one
            if not open_end:
                shown = Shown(shown.line + waiting.line + waiting.after, [], shown.notes + waiting.notes)
                waiting = Shown()
        return xml, Shown(shown.line + waiting.line + waiting.after, [], shown.notes + waiting.notes)

    def block(self, node: Any, flat: list[Any]) -> str:
        kind, end, inside = node
        if kind == "p":
            xml, shown = self.inlines(inside)
            flat.append((shown, end in ("del", "moveFrom", "vanish")))
            properties = "<w:rPr><w:vanish/></w:rPr>" if end == "vanish" else mark(end) if end else ""
            return p(xml, properties)
        if kind == "tbl":
            rows, shown = [], Shown()
            for at, cells in enumerate(inside):
                gone = end == "del" and at == 0
                made = []
                for content in cells:
                    xml, one = self.blocks(content)
                    made.append(cell(xml + "<w:p/>"))
                    if not gone:
                        shown = Shown(shown.line + one.line + one.after, [], shown.notes + one.notes)
                rows.append(row(*made, properties='<w:del w:id="1" w:author="A"/>' if gone else ""))
            flat.append((shown, None))
            return table(*rows)
        xml = "".join(self.block(one, flat) for one in inside)
        return sdt(xml) if kind == "sdt" else f"<w:{kind}>{xml}</w:{kind}>"


LEAVES = st.tuples(st.sampled_from(["text", "text", "text", "hidden", "struck", "math", "symbol"]), st.none())
WRAPPERS = [
    "ins",
    "del",
    "moveFrom",
    "moveTo",
    "field",
    "fldSimple",
    "sdt",
    "hyperlink",
    "smartTag",
    "customXml",
    "note",
]
plain = st.recursive(
    LEAVES, lambda deeper: st.tuples(st.sampled_from(WRAPPERS), st.lists(deeper, max_size=3)), max_leaves=6
)
ends = st.sampled_from(["", "", "", "ins", "del", "moveFrom", "moveTo", "vanish"])
flat_paragraphs = st.tuples(st.just("p"), ends, st.lists(plain, max_size=3))


def _more(deeper: Any) -> Any:
    some = st.lists(deeper, max_size=3)
    boxes = st.tuples(st.sampled_from(["box", "vml"]), some)
    return st.one_of(
        st.tuples(st.just("p"), ends, st.lists(st.one_of(plain, boxes), max_size=3)),
        st.tuples(
            st.just("tbl"),
            st.sampled_from(["", "del"]),
            st.lists(st.lists(some, min_size=1, max_size=3), min_size=1, max_size=3),
        ),
        st.tuples(st.sampled_from(["sdt", "customXml"]), st.just(""), some),
    )


documents = st.lists(st.recursive(flat_paragraphs, _more, max_leaves=8), min_size=1, max_size=4)


@given(documents, st.booleans())
def test_every_word_shown_is_read_once_and_in_order(nodes: Any, as_strict: bool) -> None:
    maker = Maker()
    expected: list[str] = []
    # notes follow the block at the top that refers to them, so the oracle goes through the blocks as the
    # reader does
    flat: list[Any] = []
    body = "".join(maker.block(node, flat) for node in nodes)
    waiting = Shown()
    for shown, open_end in [*flat, (Shown(), False)]:
        if open_end is None:
            expected += waiting.line + waiting.after + shown.line + waiting.notes + shown.notes
            waiting = Shown()
            continue
        waiting += shown
        if not open_end:
            expected += waiting.line + waiting.after + waiting.notes
            waiting = Shown()
    parts = {"f.xml": ("footnotes", part("footnotes", "".join(maker.footnotes)))}
    data = package(p(t("起")) + body, parts, as_strict=as_strict)
    assert re.findall(r"T\d+X", read_bytes(data, "计划.docx").text) == expected
