"""What a draft must be before it goes to review, and how its text is laid out. Articles are those of
《党政机关公文处理工作条例》 (中办发〔2012〕14号), clauses those of GB/T 9704—2012."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models.documents import Document
from .terms import DocumentKind

MAX_TEXT = 60_000
UPWARD = frozenset({DocumentKind.REQUEST, DocumentKind.REPORT, DocumentKind.BILL})
# read by everybody: no main addressee
WITHOUT_ADDRESSEE = frozenset(
    {
        DocumentKind.RESOLUTION,
        DocumentKind.ORDER,
        DocumentKind.COMMUNIQUE,
        DocumentKind.PROCLAMATION,
        DocumentKind.ANNOUNCEMENT,
        DocumentKind.MINUTES,
    }
)
CLASSIFIED = re.compile(r"(绝密|机密|秘密)\s*[★☆]")
_ASKS = re.compile(r"(请|恳请|敬请)(予)?(批示|批复|审批|审定)|妥否")
_LEVEL_1 = re.compile(r"^[一二三四五六七八九十百]{1,4}、")
_LEVEL_2 = re.compile(r"^（[一二三四五六七八九十百]{1,4}）")
_SENTENCE_END = "。；！？"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a draft. ``must``: it cannot go to review like this; otherwise a hint."""

    field: str
    text: str
    must: bool = True


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: ``level`` 1 and 2 have a ``head`` in a type of their own, 0 is plain text."""

    level: int
    head: str
    rest: str = ""


def names(text: str) -> list[str]:
    """Bodies in a line of addressees.

    >>> names("各市工业和信息化局，各园区管委会；自治区发展改革委")
    ['各市工业和信息化局', '各园区管委会', '自治区发展改革委']
    """
    return [name for part in re.split(r"[，,；;、\n]", text) if (name := part.strip(" 。：:"))]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text by the numbering of 7.3.3: 一、 in Hei, （一） in Kai, everything else in Fang
    Song.

    >>> [(p.level, p.head, p.rest) for p in paragraphs("一、总体要求\\n（一）目标。到2027年完成。\\n正文。")]
    [(1, '一、总体要求', ''), (2, '（一）目标。', '到2027年完成。'), (0, '正文。', '')]
    """
    for line in text.splitlines():
        line = line.strip()
        if not line:
            continue
        if _LEVEL_1.match(line):
            yield Paragraph(1, *_head(line))
        elif _LEVEL_2.match(line):
            yield Paragraph(2, *_head(line))
        else:
            yield Paragraph(0, line)


def _head(line: str) -> tuple[str, str]:
    ends = [at for mark in _SENTENCE_END if (at := line.find(mark)) >= 0]
    cut = min(ends) + 1 if ends else len(line)
    return line[:cut], line[cut:]


def settle(document: Document) -> None:
    """Set what the kind of a document says by itself: requests, reports and bills go upwards (article 8), so
    their head names who signed (7.2.6).
    """
    if document.kind in UPWARD:
        document.upward = True


def faults_of(document: Document) -> list[Fault]:
    """Everything that is wrong with a draft, what must be mended first."""
    return sorted(_faults(document), key=lambda fault: not fault.must)


def _faults(document: Document) -> Iterator[Fault]:
    kind = DocumentKind(document.kind)
    if CLASSIFIED.search(document.title) or CLASSIFIED.search(document.text):
        yield Fault("text", _("文中有密级标志；涉密公文不得在本平台起草、办理（条例第二十九条）"))
    if not document.text.strip():
        yield Fault("text", _("正文是空的"))
    if len(document.text) > MAX_TEXT:
        yield Fault("text", _("正文超过 %(most)s 字，请把附表放进附件") % {"most": MAX_TEXT})
    main = names(document.addressees)
    if kind in WITHOUT_ADDRESSEE:
        if main:
            yield Fault("addressees", _("%(kind)s一般不写主送机关") % {"kind": kind.label}, must=False)
    elif not main:
        yield Fault("addressees", _("缺主送机关（条例第九条）"))
    if kind == DocumentKind.REQUEST and len(main) > 1:
        yield Fault("addressees", _("请示只主送一个上级机关，其他的写在抄送里（条例第十五条）"))
    if kind == DocumentKind.REPORT and _ASKS.search(document.text):
        yield Fault("text", _("报告里不得夹带请示事项，要请示的另行文（条例第十五条）"))
    if document.upward and not document.remark.strip():
        yield Fault("remark", _("上行文一般在附注写明联系人和电话"), must=False)
    word = "令" if kind == DocumentKind.ORDER else str(kind.label)
    if word not in re.sub(r"（[^）]*）$", "", document.title)[-4:]:
        yield Fault("title", _("标题一般以文种“%(kind)s”结尾（条例第九条）") % {"kind": word}, must=False)
