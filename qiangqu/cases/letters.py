"""Letters 文书 of a kind: a text with places to fill (``{{ title }}``), filled from a case and issued as Word
when its step ends.

A letter exists from then on, with number, date and hash; before that there is nothing to see or download.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from django.utils import timezone

from qiangqu.base.chinese import date_words
from qiangqu.base.errors import NotFoundError
from qiangqu.records import store
from qiangqu.records.checking import checked

from . import check, expressions, kinds
from .check import PLACEHOLDER
from .definition import Definition, LetterRule
from .formview import shown
from .models import Case, Letter, Step, StepStatus

MISSING = "＿＿＿＿"


def _day(value: dt.date | None) -> str:
    return date_words(value) if value else MISSING


def rules_of(case: Case, definition: Definition) -> dict[str, LetterRule]:
    """When the letters of a case are issued. An older version of the kind that says no condition follows the
    current one, where that fits: when a letter may go out is a matter of law, not of the version under which
    a case was opened."""
    rules = dict(definition.letter_rules)
    current = case.kind.current
    if not rules or current is None or current.pk == case.version_id:
        return rules
    newer = kinds.ready(current).definition.letter_rules
    nodes, names = {node.id for node in definition.process.tasks}, check.data_names(definition)
    for name, rule in newer.items():
        fits = rule.steps <= nodes and (not rule.when or expressions.check(rule.when) <= names)
        if name in rules and not rules[name].when and fits and (rule.steps or rule.opening):
            rules[name] = replace(rule, title=rules[name].title)
    return rules


def issue(case: Case, definition: Definition, step: Step | None, user: Any, at: dt.datetime) -> list[Letter]:
    """Issue the letters of a step that has just ended (None: of the opening), each as a Word file that is
    kept and never made again.
    """
    names = dict.fromkeys(check.data_names(definition)) | case.data
    made: list[Letter] = []
    for name, rule in rules_of(case, definition).items():
        its = rule.opening if step is None else step.node in rule.steps
        if not its or (rule.when and not expressions.evaluate(rule.when, names)):
            continue
        number = f"{case.number}-{case.letters.count() + 1:02d}"
        waiting = case.steps.filter(status=StepStatus.OPEN).order_by("-id").first()
        text = fill(definition, name, facts_of(case, waiting or step, at, number), case.data)
        data = as_word(rule.title, text, number)
        kept = checked(f"{rule.title}-{number}.docx", data)
        store.keep(kept.data, kept.sha256)
        made.append(
            Letter.objects.create(
                case=case, step=step, name=name, title=rule.title, number=number, text=text, sha256=kept.sha256,
                issued_by=user, issued_at=at,
            )
        )  # fmt: skip
    return made


def facts_of(case: Case, step: Step | None, at: dt.datetime, letter_number: str) -> dict[str, str]:
    """What the engine itself can put into a letter that is issued at the moment ``at``."""
    return {
        "number": case.number,
        "letter_number": letter_number,
        "title": case.title,
        "area": case.area.name,
        "kind": case.kind.name,
        "today": _day(timezone.localdate(at)),
        "due_on": _day(case.due_on),
        "opened_on": _day(timezone.localdate(case.opened_at)),
        "step": step.name if step else MISSING,
        "step_due_on": _day(step.due_on) if step else MISSING,
        "unit": case.organisation.name if case.organisation else MISSING,
    }


def fill(definition: Definition, name: str, facts: Mapping[str, str], data: Mapping[str, Any]) -> str:
    """The letter's text; what is not known yet becomes a line to write on. Raises NotFoundError for a letter
    that the kind does not have.
    """
    if name not in definition.letters:
        raise NotFoundError("没有这份文书", where=name[:40])

    specs = {field: spec for form in definition.forms.values() for field, spec in form.fields.items()}

    def value(found: Any) -> str:
        key = found.group(1)
        if data.get(key) not in (None, ""):
            return shown(data[key], specs.get(key))
        return facts.get(key, MISSING)

    return PLACEHOLDER.sub(value, definition.letters[name])


def as_word(title: str, text: str, number: str) -> bytes:
    """The text as a Word file: the first line is its heading, the letter's number below it, the rest
    paragraphs.
    """
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
    below = document.add_paragraph(f"文书编号：{number}")
    below.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for line in lines[1:]:
        paragraph = document.add_paragraph(line.strip())
        if line.strip() and not line.rstrip().endswith("：") and len(line.strip()) > 12:
            paragraph.paragraph_format.first_line_indent = Pt(32)
    document.core_properties.title = title
    out = BytesIO()
    document.save(out)
    return out.getvalue()
