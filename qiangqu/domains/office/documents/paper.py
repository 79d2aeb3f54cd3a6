"""Documents as Word files: the official form (GB/T 9704—2012) of one that goes out, the handling sheet 文件处理单 of one that came in."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.cases.models import StepStatus
from qiangqu.plan.official_paper import OfficialPaper

from ..models import Document, Urgency
from .rules import paragraphs


def chinese_date(day: dt.date | None) -> str:
    """7.3.5.4: Arabic figures, no leading zeros.

    >>> chinese_date(dt.date(2026, 3, 5))
    '2026年3月5日'
    """
    return f"{day.year}年{day.month}月{day.day}日" if day else "　　　年　月　日"


def word(document: Document) -> bytes:
    """The document in its official form; a draft says that it is one where the number will stand."""
    paper = OfficialPaper(document.title)
    mark = document.body.mark if document.is_out else f"{document.sender}文件"
    number = document.number or _("（草稿，未编号）")
    signers = ""
    if document.upward:
        signers = str(document.signer) if document.signer else "　　　"
    urgency = "" if document.urgency == Urgency.NORMAL else str(document.get_urgency_display())
    if document.simulated:
        paper.text(_("【模拟数据】"))
    paper.head(mark, number, urgency=urgency, signers=signers)
    paper.title(document.title)
    if document.addressees:
        paper.addressees(document.addressees.strip().rstrip("：:"))
    for one in paragraphs(document.text):
        match one.level:
            case 1:
                paper.level_1(one.head, one.rest)
            case 2:
                paper.level_2(one.head, one.rest)
            case _plain:
                paper.text(one.head)
    annexes = [stem(file.name) for file in document.files.filter(removed_at=None)]
    if annexes:
        paper.attachments(annexes)
    issuer = document.body.name if document.is_out else document.sender
    paper.signature(issuer, chinese_date(document.dated))
    if document.remark:
        paper.remark(document.remark)
    if document.is_out:
        paper.imprint(document.copies_to, document.body.name, chinese_date(document.issued_on))
    return paper.data()


def stem(name: str) -> str:
    """A file's name as the list of annexes gives it (7.3.4: without a full stop after it).

    >>> stem("任务分解表.xlsx")
    '任务分解表'
    """
    return name.rsplit(".", 1)[0]


def sheet(document: Document) -> bytes:
    """文件处理单: what came in, what was proposed, instructed and done, who has read it."""
    paper = OfficialPaper(_("文件处理单"))
    paper.title(_("文件处理单"))
    paper.blank()
    rows = [
        (_("收文编号"), document.receipt),
        (_("收文日期"), chinese_date(document.received_on) if document.received_on else ""),
        (_("来文单位"), document.sender),
        (_("来文字号"), document.number),
        (_("成文日期"), chinese_date(document.dated) if document.dated else ""),
        (_("紧急程度"), str(document.get_urgency_display())),
        (_("标题"), document.title),
        (_("办结日期"), chinese_date(document.answer_by) if document.answer_by else ""),
    ]
    if document.simulated:
        rows.insert(0, (_("说明"), _("模拟数据")))
    rows += _handled(document)
    read = document.circulations.exclude(read_at=None).select_related("user").order_by("read_at")
    said = [f"{one.user} {timezone.localtime(one.read_at):%Y-%m-%d %H:%M} {one.opinion}".strip() for one in read]
    rows.append((_("传阅"), "；".join(said)))
    paper.table((_("项目"), _("内容")), rows, (36, 120))
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
        answers = "；".join(str(value) for value in step.outcome.values() if value not in ("", None))
        when = timezone.localtime(step.done_at)
        rows.append((step.name, f"{answers}　{step.done_by or ''} {when:%Y-%m-%d %H:%M}"))
    return rows
