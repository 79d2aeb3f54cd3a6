"""Lists of documents: which, filtered how, as rows and as Excel."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Delivery, DeliveryState, Direction, Document, DocumentKind, DocumentState, Urgency
from .access import bodies_of, visible_documents

LISTS = {
    "read": gettext_lazy("待阅"),
    "in": gettext_lazy("收文"),
    "out": gettext_lazy("发文"),
    "drafts": gettext_lazy("我的文稿"),
}
NOTES = {
    "read": gettext_lazy("送给您传阅、您还没有阅毕的公文。"),
    "in": gettext_lazy("登记过的来文，按收文先后。"),
    "out": gettext_lazy("本地区和下级以机关名义发出的公文，以及正在审核签发的文稿。"),
    "drafts": gettext_lazy("您起草的公文。"),
}
MOST_ROWS = 20_000
HEADER = (
    gettext_lazy("收文编号"), gettext_lazy("发文字号"), gettext_lazy("标题"), gettext_lazy("文种"), gettext_lazy("紧急程度"),
    gettext_lazy("机关"), gettext_lazy("来文单位"), gettext_lazy("成文日期"), gettext_lazy("收文日期"), gettext_lazy("状态"),
    gettext_lazy("办结日期"), gettext_lazy("档号"), gettext_lazy("模拟数据"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for."""

    which: str
    q: str = ""
    kind: str = ""
    state: str = ""
    urgency: str = ""
    year: int | None = None


def wanted_of(query: Mapping[str, str], default: str = "in") -> Wanted:
    """From the parameters of an address; what is unknown is left out."""
    year = query.get("year", "")
    return Wanted(
        which=query.get("list", "") if query.get("list") in LISTS else default,
        q=query.get("q", "").strip()[:80],
        kind=query.get("kind", "") if query.get("kind") in DocumentKind.values else "",
        state=query.get("state", "") if query.get("state") in DocumentState.values else "",
        urgency=query.get("urgency", "") if query.get("urgency") in Urgency.values else "",
        year=int(year) if len(year) == 4 and year.isascii() and year.isdigit() and int(year) >= 1950 else None,
    )


def find(user: Any, wanted: Wanted, within: str = "") -> "QuerySet[Document]":
    """The documents of a list, newest first; ``within`` is the path of the chosen area."""
    found = visible_documents(user)
    match wanted.which:
        case "read":
            found = found.filter(circulations__user=user, circulations__read_at=None)
        case "drafts":
            found = found.filter(direction=Direction.OUT, created_by=user)
        case direction:
            found = found.filter(direction=direction)
            if within:
                found = found.filter(body__area__path__startswith=within)
    if wanted.q:
        found = found.filter(
            Q(title__contains=wanted.q)
            | Q(number__contains=wanted.q)
            | Q(receipt__contains=wanted.q)
            | Q(sender__contains=wanted.q)
        )
    plain = {name: getattr(wanted, name) for name in ("kind", "state", "urgency") if getattr(wanted, name)}
    if wanted.year:
        first, last = dt.date(wanted.year, 1, 1), dt.date(wanted.year, 12, 31)
        found = found.filter(Q(dated__range=(first, last)) | Q(dated=None, received_on__range=(first, last)))
    return found.filter(**plain).select_related("body__area", "created_by").order_by("-id")


def counts(user: Any) -> dict[str, int]:
    """How many wait: to be read, to be signed for."""
    waiting = Delivery.objects.filter(to__in=bodies_of(user), state=DeliveryState.SENT).count()
    return {"read": find(user, Wanted("read")).count(), "inbox": waiting}


def cells(documents: "QuerySet[Document]") -> Iterator[tuple[Any, ...]]:
    """Rows for Excel, as :data:`HEADER` names them."""
    for one in documents.defer("text").iterator(chunk_size=500):
        yield (
            one.receipt, one.number, one.title, str(one.get_kind_display()), str(one.get_urgency_display()), one.body.name,
            one.sender, one.dated, one.received_on, str(one.get_state_display()), one.answer_by, one.archive_code,
            _("模拟数据") if one.simulated else "",
        )  # fmt: skip
