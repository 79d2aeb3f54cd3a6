"""What people learn of a parcel's use and enter by hand: permits, imagery, visits, reported investment."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import visible
from qiangqu.records.acts import Act
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.words import wanted
from qiangqu.registry.models import Parcel

from .models import Evidence, EvidenceKind, EvidenceShows
from .parcels import PARCELS
from .promises import number


@PARCELS.declare(
    "evidence_entered", gettext_lazy("登记用地证据"), name="enter_evidence", said=gettext_lazy("证据已登记")
)
def enter_evidence(
    act: Act[Parcel],
    kind: str,
    day: dt.date | None,
    source: str,
    shows: str = "",
    built_share: str = "",
    invested: str = "",
    files: Files = (),
) -> Evidence:
    """What was learnt, on which day, from where. Raises InputError for what is no finding: without a day or a source,
    of a day ahead, or that says nothing."""
    if kind not in EvidenceKind.values:
        raise InputError(_("请选择来源"), where=_("来源"))
    if day is None or day > timezone.localdate():
        raise InputError(_("请填写不晚于今天的日期"), where=_("日期"))
    if shows and shows not in EvidenceShows.values:
        raise InputError(_("没有这种情况"), where=shows[:20])
    share, money = number(built_share, _("已动工面积占比")), number(invested, _("累计投资"))
    if share is not None and share > 100:
        raise InputError(_("占比不能超过 100 %"), where=_("已动工面积占比"))
    if not shows and share is None and money is None and kind != EvidenceKind.PERMIT:
        raise InputError(_("请填写所见情况，或面积占比、累计投资"), where=_("情况"))
    one = Evidence.objects.create(
        parcel=act.record, kind=kind, day=day, shows=shows, built_share=share, invested=money, source=wanted(source, _("出处"), 200),
        entered_by=act.user, simulated=act.record.simulated,
    )  # fmt: skip
    attach(one, files, act.user)
    act.detail |= {"kind": kind, "day": day, "shows": shows, "source": one.source}
    return one


@PARCELS.declare(
    "evidence_withdrawn", gettext_lazy("撤回用地证据"), name="withdraw_evidence", said=gettext_lazy("证据已撤回")
)
def withdraw_evidence(act: Act[Parcel], evidence: int, reason: str) -> Evidence:
    """A finding that was wrong no longer counts; it stays to be seen. Raises InputError for none of this parcel's."""
    found = Evidence.objects.filter(parcel=act.record, pk=evidence, withdrawn_at=None).first()
    if found is None:
        raise InputError(_("没有这条证据"), where=str(evidence))
    found.withdrawn_at = timezone.now()
    found.save(update_fields=["withdrawn_at"])
    act.detail |= {"evidence": str(found), "reason": wanted(reason, _("理由"))}
    return found


def evidence_on(user: Any, parcel: Parcel) -> list[Evidence]:
    """What was entered of a parcel, withdrawn ones too, with files."""
    rows = visible(Evidence.objects.filter(parcel=parcel), user).select_related("entered_by")
    return list(rows.prefetch_related("files"))
