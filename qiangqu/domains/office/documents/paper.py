"""Documents as Word files: the official form (GB/T 9704—2012) of one that goes out, the handling sheet
文件处理单 of one that came in.
"""

import datetime as dt
import re

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.chinese import date_words
from qiangqu.base.errors import NotFoundError
from qiangqu.base.terms import clauses
from qiangqu.cases.models import StepStatus
from qiangqu.plan.official_paper import OfficialPaper

from ..models.documents import Document
from .rules import paragraphs
from .terms import DocumentKind, Urgency

PRESENT = re.compile(r"^(出席|请假|列席)：")


def chinese_date(day: dt.date | None) -> str:
    """The date, or room for one to be written in."""
    return date_words(day) if day else "　　　年　月　日"


def word(document: Document) -> bytes:
    """The document in its official form; a draft says that it is one where the number will stand."""
    paper = OfficialPaper(document.title)
    mark = document.letterhead
    number = document.number or "（草稿，未编号）"
    signers = ""
    if document.upward:
        signers = str(document.signer) if document.signer else "　　　"
    urgency = "" if document.urgency == Urgency.NORMAL else str(document.get_urgency_display())
    if document.simulated:
        paper.text("【模拟数据】")
    paper.head(mark, number, urgency=urgency, signers=signers)
    paper.title(document.title)
    if document.addressees:
        paper.addressees(document.addressees.strip().rstrip("：:"))
    people: list[str] = []
    for one in paragraphs(document.text):
        match one.level:
            case 1:
                paper.level_1(one.head, one.rest)
            case 2:
                paper.level_2(one.head, one.rest)
            case _present if document.kind == DocumentKind.MINUTES and PRESENT.match(one.head):
                people.append(one.head)
            case _plain:
                paper.text(one.head)
    annexes = [file.heading for file in document.files.filter(removed_at=None)]
    if annexes:
        paper.attachments(annexes)
    if people:  # 10.3: one line below the text or the list of annexes
        paper.blank()
    for line in people:
        word_, names = line.split("：", 1)
        paper.people(word_, names)
    if document.kind != DocumentKind.MINUTES:  # minutes bear no signature
        paper.signature(document.body.name if document.is_out else document.sender, chinese_date(document.dated))
    if document.remark:
        paper.remark(document.remark)
    if document.is_out:
        paper.imprint(document.copies_to, document.body.name, chinese_date(document.issued_on))
    return paper.data()


def sheet(document: Document) -> bytes:
    """文件处理单: what came in, what was proposed, instructed and done, who has read it. Raises NotFoundError for
    a document that went out.
    """
    if document.is_out:
        raise NotFoundError(_("只有收文有文件处理单"), where=document.title)
    paper = OfficialPaper("文件处理单")
    paper.title("文件处理单")
    paper.blank()
    rows = [
        ("收文编号", document.receipt),
        ("收文日期", chinese_date(document.received_on) if document.received_on else ""),
        ("来文单位", document.sender),
        ("来文字号", document.number),
        ("成文日期", chinese_date(document.dated) if document.dated else ""),
        ("紧急程度", str(document.get_urgency_display())),
        ("标题", document.title),
        ("办结日期", chinese_date(document.answer_by) if document.answer_by else ""),
    ]
    if document.simulated:
        rows.insert(0, ("说明", "模拟数据"))
    rows += _handled(document)
    read = document.circulations.exclude(read_at=None).select_related("user").order_by("read_at")
    said = [f"{one.user} {timezone.localtime(one.read_at):%Y-%m-%d %H:%M} {one.opinion}".strip() for one in read]
    rows.append(("传阅", clauses(said)))
    paper.table(("项目", "内容"), rows, (36, 120))
    return paper.data()


def _handled(document: Document) -> list[tuple[str, str]]:
    if document.case is None:
        return []
    done = (
        document.case.steps.filter(status=StepStatus.DONE)
        .exclude(done_at=None)
        .select_related("done_by")
        .order_by("id")
    )
    rows = []
    for step in done:
        answers = clauses(str(value) for value in step.outcome.values() if value not in ("", None))
        when = timezone.localtime(step.done_at)
        rows.append((step.name, f"{answers}　{step.done_by or ''} {when:%Y-%m-%d %H:%M}"))
    return rows
