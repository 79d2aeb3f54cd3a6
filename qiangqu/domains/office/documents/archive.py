"""Filing 归档: finished documents get their place in the archive of their body, and nothing of them changes
afterwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractYear
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.part import Text
from qiangqu.records.acts import Act

from ..models.documents import Document, IssuingBody
from .drafting import DOCUMENTS
from .numbering import archive_code
from .terms import Direction, DocumentState, Retention

# DA/T 22—2015 5.5.2: what a catalogue of filed documents lists
CATALOGUE = ("序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注")
MOST_AT_ONCE = 200


def _unfinished(document: Document) -> Text:
    finished = DocumentState.ISSUED if document.is_out else DocumentState.DONE
    over = document.state == finished and not document.archive_code
    return "" if over else gettext_lazy("没有办完，或已经归档")


def to_be_filed(bodies: "Iterable[IssuingBody]") -> "QuerySet[Document]":
    """Finished documents of these bodies that have no place in the archive yet, in the order of their
    dates.
    """
    over = Q(direction=Direction.OUT, state=DocumentState.ISSUED) | Q(direction=Direction.IN, state=DocumentState.DONE)
    found = Document.objects.filter(over, body__in=bodies, archive_code="").select_related("body__area")
    return found.order_by("dated", "id")


@DOCUMENTS.declare(
    "archived",
    gettext_lazy("公文归档"),
    name="archive",
    stands=_unfinished,
    said=lambda document: _("已归档，档号 %(code)s") % {"code": document.archive_code},
)
def file(act: Act[Document], retention: str) -> Document:
    """File a document whose handling is over under a retention period; the year is that of its own date.
    Raises InputError for a body without a fonds number and for a document without a date.
    """
    if retention not in Retention.values:
        raise InputError(_("请选择保管期限"), where="retention")
    stored = act.record
    if not stored.body.fonds:
        raise InputError(_("发文机关没有填全宗号，请先在“发文机关”里填"), where=stored.body.name)
    day = stored.dated or stored.received_on
    if day is None:
        raise InputError(_("没有成文日期"), where=stored.title)
    stored.archive_code = archive_code(stored.body.fonds, day.year, retention)
    stored.retention, stored.archived_at = retention, timezone.now()
    stored.save(update_fields=["archive_code", "retention", "archived_at"])
    act.detail["code"] = stored.archive_code
    return stored


def file_all(documents: Sequence[Document], retention: str, user: Any) -> list[Document]:
    """File several, all or none."""
    if not 0 < len(documents) <= MOST_AT_ONCE:
        raise InputError(_("请选 1—%(most)s 份公文") % {"most": MOST_AT_ONCE}, where="documents")
    with transaction.atomic():
        return [file(document, user, retention) for document in documents]


def filed(bodies: "Iterable[IssuingBody]") -> Any:
    """What of these bodies is filed, each with its ``year``: that under which it was filed, of its own date or
    else of the day on which it came.
    """
    found = Document.objects.filter(body__in=bodies).exclude(archive_code="")
    return found.annotate(year=ExtractYear(Coalesce("dated", "received_on"))).order_by("archive_code")


def filed_years(bodies: "Iterable[IssuingBody]") -> dict[int, int]:
    """How many documents of these bodies are filed, by year, the latest first."""
    return dict(filed(bodies).exclude(year=None).order_by("-year").values_list("year").annotate(n=Count("pk")))


def catalogue(documents: "QuerySet[Document]") -> Iterator[tuple[Any, ...]]:
    """The rows of the catalogue, in the order of the archive codes."""
    rows = documents.select_related("body")
    for at, one in enumerate(rows.iterator(chunk_size=500), start=1):
        responsible = one.body.name if one.is_out else one.sender
        day = f"{one.dated:%Y%m%d}" if one.dated else ""
        yield (at, one.archive_code, one.number, responsible, one.title, day, "", one.pages, "")
