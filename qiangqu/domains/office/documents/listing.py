"""Lists of documents: what is to be read, what came in, what went out, one's own drafts; what is to be signed
for; and what is to be filed.
"""

from functools import partial
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from ..models.documents import Delivery, Document
from . import archive, incoming
from .access import bodies_of
from .queries import listed, of_year, to_be_read
from .terms import Direction, DocumentKind, DocumentState, Retention, Urgency

COLOURS = {
    DocumentState.IN_REVIEW: "amber",
    DocumentState.TO_REVISE: "amber",
    DocumentState.REFUSED: "red",
    DocumentState.SIGNED: "blue",
    DocumentState.ISSUED: "green",
    DocumentState.REGISTERED: "amber",
    DocumentState.HANDLING: "amber",
    DocumentState.DONE: "green",
}


def _tabs(asked: Asked) -> list[Tab]:
    unread = to_be_read(asked.user).count()
    tabs = [
        Tab("read", _("待阅"), _("送给您传阅、您还没有阅毕的公文。"), unread, first=unread > 0),
        Tab("in", _("收文"), _("登记过的来文，按收文先后。"), first=not unread),
        Tab("out", _("发文"), _("本地区和下级以机关名义发出的公文，以及正在审核签发的文稿。")),
        Tab("drafts", _("我的文稿"), _("您起草的公文。")),
    ]
    if may(asked.user, Action.KEEP_DOCUMENTS):
        tabs += [
            Tab("inbox", _("待签收"), count=incoming.waiting(asked.user).count(), url=reverse("documents-inbox")),
            Tab("archive", _("归档"), url=reverse("documents-archive")),
        ]
    return tabs


def _filters(asked: Asked) -> lists.filters.Filters:
    return (
        lists.choice("kind", _("文种"), DocumentKind.choices)
        | lists.choice("state", _("状态"), DocumentState.choices)
        | lists.choice("urgency", _("紧急程度"), Urgency.choices)
        | lists.text("year", _("年份"), how=of_year, longest=4)
    )


def _title(row: Document) -> str:
    urgent = "" if row.urgency == Urgency.NORMAL else f"【{row.get_urgency_display()}】"
    return urgent + (row.title if len(row.title) <= 60 else f"{row.title[:59]}…")


def _numbers(row: Document) -> str:
    return " · ".join(part for part in (row.receipt, row.number) if part) or _("未编号")


def _columns(asked: Asked) -> list[Column]:
    came = asked.tab == "in"
    field = partial(lists.column, Document)
    return [
        field("title", role=lists.NAME, text=_title, note=_numbers, width=44),
        field("receipt", shown=False),
        field("number", shown=False, width=22),
        field("kind"),
        field("urgency", shown=False),
        Column("from", _("来文单位") if came else _("机关"), lambda row: row.body.name if row.is_out else row.sender, width=30),
        field("body__name", label=_("机关"), shown=False, width=30),
        field("received_on", shown=came, role=lists.DATE if came else ""),
        field("dated", shown=not came, role="" if came else lists.DATE),
        field("created_by", label=_("经办人")),
        field("answer_by", label=_("办结期限"), shown=False),
        field("archive_code", shown=False, width=28),
        field("state", role=lists.STATE, badge=lambda row: COLOURS.get(row.state, "grey"),
              note=lambda row: _("已归档") if row.archive_code else ""),
    ]  # fmt: skip


def _context(request: Any, asked: Asked) -> dict[str, Any]:
    keeps = may(asked.user, Action.KEEP_DOCUMENTS)
    return {"keeps": keeps, "has_body": bodies_of(asked.user).exists()}


DOCUMENTS = Listing(
    code="documents",
    page="documents",
    excel_page="documents-xlsx",
    title=gettext_lazy("公文"),
    tabs=_tabs,
    rows=lambda asked: listed(asked.user, asked.tab, asked.below),
    columns=_columns,
    filters=_filters,
    search=("title", "number", "receipt", "sender"),
    search_label=gettext_lazy("标题、字号或来文单位"),
    order=("-id",),
    fetch=lambda asked, rows: rows.select_related("body__area", "created_by").defer("text"),
    link=lambda row: reverse("document", args=[row.pk]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("这里没有公文"),
    empty_icon="file-text",
    template="office/documents/list.html",
    context=_context,
)


# ---------------------------------------------------------------- what is to be signed for


def _answers(asked: Asked) -> Any:
    """The cell of a row: signing for it, or sending it back."""
    return lambda row: render_to_string("office/documents/inbox_acts.html", {"row": row}, request=asked.request)


def _inbox_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Delivery)
    return [
        field("document__title", role=lists.NAME, text=lambda row: _title(row.document), note=lambda row: row.document.number, width=44),
        field("document__number", shown=False, width=22),
        field("document__kind"),
        field("document__urgency", shown=False),
        field("document__body__name", label=_("来文单位"), width=30),
        field("to__name", label=_("送给"), note=lambda row: _("主送") if row.main else _("抄送"), width=30),
        field("document__dated", shown=False),
        field("sent_at", role=lists.DATE, width=18),
        Column("answers", _("办理"), lambda row: None, html=_answers(asked), excel=False),
    ]  # fmt: skip


INBOX = Listing(
    code="documents-inbox",
    page="documents-inbox",
    title=gettext_lazy("待签收公文"),
    rows=lambda asked: incoming.waiting(asked.user),
    columns=_inbox_columns,
    filters=lambda asked: (
        lists.choice("kind", _("文种"), DocumentKind.choices, field="document__kind")
        | lists.choice("urgency", _("紧急程度"), Urgency.choices, field="document__urgency")
        | lists.days("sent_at", _("分送时间"), moments=True)
    ),
    search=("document__title", "document__number", "document__body__name"),
    search_label=gettext_lazy("标题、字号或来文单位"),
    order=("sent_at", "id"),
    fetch=lambda asked, rows: incoming.with_document(rows),
    simulated=lambda row: row.document.simulated,
    intro=gettext_lazy("别的机关在本平台送来的公文。签收即登记、取得收文编号；不该由本单位办的，写明理由退文。"),
    empty=gettext_lazy("没有待签收的公文"),
)


# ---------------------------------------------------------------- what is to be filed


def _to_file(asked: Asked) -> Any:
    """Finished documents of the bodies whose registers the user keeps, without a place in the archive."""
    return archive.to_be_filed(bodies_of(asked.user))


def _filing_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Document)
    return [
        lists.ticks("document", "file-these"),
        field("title", role=lists.NAME, text=_title, width=44),
        field("direction"),
        Column("numbers", _("字号"), lambda row: row.number or row.receipt, sort=("number",), width=22),
        field("dated", role=lists.DATE),
        field("body__name", label=_("机关"), width=30),
        field("state", role=lists.STATE, badge=lambda row: COLOURS.get(row.state, "grey")),
    ]


def _filing_context(request: Any, asked: Asked) -> dict[str, Any]:
    years = archive.filed_years(bodies_of(asked.user))
    return {"retentions": Retention.choices, "years": list(years), "filed": sum(years.values())}


FILING = Listing(
    code="documents-archive",
    page="documents-archive",
    title=gettext_lazy("公文归档"),
    rows=_to_file,
    columns=_filing_columns,
    filters=lambda asked: (
        lists.choice("direction", _("方向"), Direction.choices)
        | lists.choice("kind", _("文种"), DocumentKind.choices)
        | lists.days("dated", _("成文日期"))
    ),
    search=("title", "number", "receipt", "sender"),
    search_label=gettext_lazy("标题、字号或来文单位"),
    order=("dated", "id"),
    fetch=lambda asked, rows: rows.select_related("body").defer("text"),
    link=lambda row: reverse("document", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy(
        "已印发和已办结、还没有归档的公文。勾选后定保管期限，即取得档号（DA/T 22—2015：全宗号-WS·年度-保管期限-件号）；归档后不再变动。"
    ),
    empty=gettext_lazy("没有待归档的公文"),
    empty_icon="archive",
    template="office/documents/archive.html",
    context=_filing_context,
    size=100,
)
