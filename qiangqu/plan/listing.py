"""Lists of this part: documents that are compiled and reviewed."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import seen
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing

from .models import CompiledItem, Decision, PlanDocument
from .queries import with_counts


def _rows(asked: Asked) -> Any:
    """Documents in the area, by the day that is looked at."""
    rows = seen(PlanDocument.objects.all(), asked.user, asked.area)
    return rows.filter(uploaded_at__lt=lists.end_of(asked.day)) if asked.day else rows


def _undecided(rows: Any, given: str) -> Any:
    """Those of which an item is still to be reviewed."""
    waiting = CompiledItem.objects.filter(document=OuterRef("pk"), decision=Decision.PENDING)
    return rows.filter(Exists(waiting)) if given else rows


def _columns(asked: Asked) -> list[Column]:
    def field(name: str, **more: Any) -> Column:
        return lists.column(PlanDocument, name, **more)

    def count(name: str, label: str, **more: Any) -> Column:
        return Column(name, label, lambda row: getattr(row, name), number=True, decimals=0, **more)

    return [
        Column("title", _("文件"), str, sort=("title", "file_name"), role=lists.NAME, verbatim=True, note=lambda row: row.file_name, width=44),
        field("number", verbatim=True),
        Column("area", _("区域"), lambda row: row.area.short_name, sort=("area__path",)),
        Column("plan", _("对应计划"), lambda row: str(row.plan) if row.plan else None, sort=("plan__name",), width=30),
        count("targets", _("目标")),
        count("tasks", _("举措")),
        count("pending", _("待审"), role=lists.VALUE),
        Column("by", _("上传人"), lambda row: str(row.uploaded_by) if row.uploaded_by else None, sort=("uploaded_by__username",)),
        field("uploaded_at", role=lists.DATE),
        field("issuer", verbatim=True, shown=False, width=30),
        field("sha256", shown=False, width=40),
    ]  # fmt: skip


DOCUMENTS = Listing(
    code="plan-documents",
    page="plan-documents",
    title=gettext_lazy("计划文件"),
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice(
            "review", _("审核"), [("1", _("只看有待审的"))], how=_undecided
        )
        | lists.days("uploaded_at", _("上传时间"), moments=True)
    ),
    search=("title", "file_name", "number", "issuer"),
    search_label=gettext_lazy("标题、文号或发文机关"),
    order=("-id",),
    fetch=lambda asked, rows: with_counts(rows),
    link=lambda row: reverse("plan-document", args=[row.pk]),
    empty=gettext_lazy("还没有计划文件"),
    empty_icon="file-text",
    template="plan/documents.html",
    size=50,
)  # fmt: skip
