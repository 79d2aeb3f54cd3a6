"""Lists of this part: elements, batches, sources, one's own import jobs. Facts themselves are walked, not
listed: :mod:`.browse`.
"""

from functools import partial
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.periods import from_key
from qiangqu.base.visibility import visible
from qiangqu.ui import lists
from qiangqu.ui.background import JobStatus
from qiangqu.ui.lists import Asked, Column, Listing

from . import figures, jobs
from .models import BatchKind, Element, ElementKind, FactBatch, ImportJob, Source
from .scope import batches_in

# ---------------------------------------------------------------- elements


def _latest(asked: Asked) -> dict[int, int]:
    """The latest period of each element that has facts."""
    if "latest" not in asked.kept:
        asked.kept["latest"] = figures.latest_periods()
    found: dict[int, int] = asked.kept["latest"]
    return found


def _period(asked: Asked, row: Element) -> str | None:
    key = _latest(asked).get(row.pk)
    return from_key(key).label if key is not None else None


def _element_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Element)
    return [
        field("name", role=lists.NAME, width=28),
        field("code", verbatim=True, width=28),
        field("unit", verbatim=True),
        field("kind"),
        field("aggregation"),
        Column("latest", _("最近时期"), partial(_period, asked), role=lists.DATE, text=lambda row: _period(asked, row) or _("还没有数据")),
        field("source", verbatim=True, width=40),
        field("definition", shown=False, verbatim=True, width=60),
    ]  # fmt: skip


def _elements_like(rows: Any, text: str) -> Any:
    return rows.filter(Q(name__contains=text) | Q(code__icontains=text) | Q(definition__contains=text))


ELEMENTS = Listing(
    code="facts-elements",
    page="facts-elements",
    title=gettext_lazy("统计要素"),
    rows=lambda asked: visible(Element.objects.all(), asked.user),
    columns=_element_columns,
    filters=lambda asked: (
        lists.choice("nature", _("性质"), ElementKind.choices, field="kind")
        | lists.choice("held", _("数据"), [("1", _("只看有数据的"))],
                       how=lambda rows, given: rows.filter(pk__in=list(_latest(asked))) if given else rows)
    ),
    search=_elements_like,
    search_label=gettext_lazy("名称、代码或解释"),
    order=("code",),
    link=lambda row: reverse("facts-element", args=[row.code]),
    empty=gettext_lazy("没有符合条件的要素"),
    size=50,
)  # fmt: skip


# ---------------------------------------------------------------- batches


def _batch_rows(asked: Asked) -> Any:
    """Batches that were entered inside the user's subtree, by the day that is looked at."""
    rows = batches_in(asked.user, asked.area)
    return rows.filter(created_at__lt=lists.end_of(asked.day)) if asked.day else rows


def _batches_like(rows: Any, text: str) -> Any:
    return rows.filter(Q(file_name__contains=text) | Q(note__contains=text) | Q(key__startswith=text))


def _batch_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, FactBatch)
    return [
        Column("name", _("批次"), str, sort=("file_name", "note"), role=lists.NAME, verbatim=True, width=44),
        field("kind"),
        Column("state", _("状态"), lambda row: _("已撤回") if row.withdrawn_by(None) else _("有效"), role=lists.STATE),
        field("rows", role=lists.VALUE, decimals=0),
        field("corrections", decimals=0),
        field("repeats", decimals=0),
        Column("user", _("录入人"), lambda row: str(row.user or _("系统")), sort=("user__username",)),
        field("created_at", role=lists.DATE),
        field("sha256", shown=False, width=40),
    ]


BATCHES = Listing(
    code="facts-batches",
    page="facts-batches",
    title=gettext_lazy("批次"),
    rows=_batch_rows,
    columns=_batch_columns,
    filters=lambda asked: (
        lists.choice("way", _("方式"), BatchKind.choices, field="kind")
        | lists.yes_no("simulated", _("模拟数据"))
        | lists.days("created_at", _("录入时间"), moments=True)
    ),
    search=_batches_like,
    search_label=gettext_lazy("文件名或说明"),
    order=("-id",),
    related=("user", "withdrawal"),
    link=lambda row: reverse("facts-batch", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("一起录入的事实是一个批次：全部录入或全不录入。"),
    empty=gettext_lazy("这里没有符合条件的批次"),
    empty_icon="stack-2",
    size=50,
)


# ---------------------------------------------------------------- sources


SOURCES = Listing(
    code="facts-sources",
    page="facts-sources",
    title=gettext_lazy("来源"),
    rows=lambda asked: visible(Source.objects.all(), asked.user),
    columns=lambda asked: [
        lists.column(Source, "title", role=lists.NAME, verbatim=True, width=60),
        lists.column(Source, "published_on", role=lists.DATE),
        lists.column(Source, "url", verbatim=True, width=60, link=lambda row: row.url if row.url.startswith(("http://", "https://")) else ""),
    ],
    search=lambda rows, text: rows.filter(Q(title__contains=text) | Q(url__contains=text)),
    search_label=gettext_lazy("标题或网址"),
    order=("-published_on", "title"),
    link=lambda row: reverse("facts-source", args=[row.pk]),
    empty=gettext_lazy("没有符合条件的来源"),
    size=50,
)  # fmt: skip


# ---------------------------------------------------------------- imports


JOB_COLOURS = {
    JobStatus.DONE: "blue",
    JobStatus.READY: "green",
    JobStatus.FAULTY: "red",
    JobStatus.FAILED: "red",
}


IMPORTS = Listing(
    code="facts-imports",
    page="facts-imports",
    title=gettext_lazy("导入事实"),
    rows=lambda asked: jobs.jobs_of(asked.user),
    columns=lambda asked: [
        lists.column(ImportJob, "file_name", role=lists.NAME, verbatim=True, width=44),
        lists.column(ImportJob, "status", role=lists.STATE, badge=lambda row: JOB_COLOURS.get(row.status, "grey")),
        Column("size", _("大小"), lambda row: round(row.size / 1024, 1), sort=("size",), number=True, unit="KB", decimals=1),
        lists.column(ImportJob, "created_at", label=_("上传时间"), role=lists.DATE),
    ],
    filters=lambda asked: lists.choice("status", _("状态"), JobStatus.choices),
    search=("file_name",),
    search_label=gettext_lazy("文件名"),
    order=("-id",),
    link=lambda row: reverse("facts-import", args=[row.token]),
    empty=gettext_lazy("还没有导入过文件"),
    empty_icon="file-import",
    template="facts/imports.html",
)  # fmt: skip
