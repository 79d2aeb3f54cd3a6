"""Letters 文书 of a kind: a text with places to fill (``{{ title }}``), filled from a case and given out as Word."""

import datetime as dt
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.utils import timezone

from qiangqu.base.errors import NotFoundError

from .check import PLACEHOLDER
from .definition import Definition
from .formview import shown
from .models import Case, Step

MISSING = "＿＿＿＿"


def _day(value: dt.date | None) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if value else MISSING


def facts_of(case: Case, step: Step | None = None) -> dict[str, str]:
    """What the engine itself can put into a letter."""
    return {
        "number": case.number,
        "title": case.title,
        "area": case.area.name,
        "kind": case.kind.name,
        "today": _day(timezone.localdate()),
        "due_on": _day(case.due_on),
        "opened_on": _day(timezone.localdate(case.opened_at)),
        "step": step.name if step else MISSING,
        "step_due_on": _day(step.due_on) if step else MISSING,
        "unit": case.organisation.name if case.organisation else MISSING,
    }


def fill(definition: Definition, name: str, facts: Mapping[str, str], data: Mapping[str, Any]) -> str:
    """The letter's text; what is not known yet becomes a line to write on. Raises NotFoundError for a letter that the kind does not have."""
    if name not in definition.letters:
        raise NotFoundError("没有这份文书", where=name[:40])

    def value(found: Any) -> str:
        key = found.group(1)
        if data.get(key) not in (None, ""):
            return shown(data[key])
        return facts.get(key, MISSING)

    return PLACEHOLDER.sub(value, definition.letters[name])


def as_word(title: str, text: str) -> bytes:
    """The text as a Word file: the first line is its heading, the rest paragraphs."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = Document()
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "FangSong", Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
    lines = text.strip().split("\n")
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(lines[0].strip())
    run.bold, run.font.size = True, Pt(22)
    for line in lines[1:]:
        paragraph = document.add_paragraph(line.strip())
        if line.strip() and not line.rstrip().endswith("：") and len(line.strip()) > 12:
            paragraph.paragraph_format.first_line_indent = Pt(32)
    document.core_properties.title = title
    out = BytesIO()
    document.save(out)
    return out.getvalue()
