"""The acts on the ledger of solid waste: who may keep it, what an entry must say, entering, voiding."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import own_organisations, visible
from qiangqu.records.acts import Act, Acts
from qiangqu.registry.models import Organisation, OrganisationKind
from qiangqu.registry.roles import Action, may

from .models import WasteAct, WasteClass, WasteEntry
from .results import waste_balance

MOST_TONNES = 1e8
LONGEST_REASON = 200  # letters


def may_enter(user: Any) -> bool:
    """Zone and regional staff for their subtree, an enterprise's own user for it."""
    return may(user, Action.EDIT_REGISTERS) or bool(own_organisations(user, Action.REPORT_FACTS))


def _enterable(queryset: Any, user: Any) -> Any:
    """Where :func:`may_enter` says yes."""
    own = own_organisations(user, Action.REPORT_FACTS)
    name = queryset.model.organisation_lookup
    return queryset.filter(
        Q(pk__in=visible(queryset.model._default_manager.all(), user, Action.EDIT_REGISTERS))
        | Q(**{f"{name}__in": own})
    )


WASTE = Acts(
    WasteEntry, "waste", may=lambda user, entry: _enterable(WasteEntry.objects.filter(pk=entry.pk), user).exists(),
    related=("enterprise__area",), title="waste_name", object_type="wasteentry",
)  # fmt: skip


def enterprise_of(text: str, user: Any) -> Organisation:
    """The enterprise with this code or exact name whose ledger the user may keep. Raises InputError."""
    known = _enterable(Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE), user)
    found = list(known.filter(code=text)[:1] or known.filter(name=text)[:2])
    if len(found) != 1:
        raise InputError(_("您的管辖范围内没有这家企业，请填统一社会信用代码或全称"))
    return found[0]


def faults(entry: Mapping[str, Any]) -> dict[str, str]:
    """What an entry says wrong: a sentence for each field. A field that is empty or unreadable is somebody
    else's to say.
    """
    day, tonnes, act = (entry.get(name) for name in ("day", "tonnes", "act"))
    wrong: dict[str, str] = {}
    if day and not dt.date(2000, 1, 1) <= day <= timezone.localdate():
        wrong["day"] = _("日期应在 2000 年以来、今天或以前")
    if tonnes is not None and not 0 < tonnes <= MOST_TONNES:
        wrong["tonnes"] = _("数量应大于 0 且不超过 1 亿吨")
    moved = entry.get("waste_class") == WasteClass.HAZARDOUS and act == WasteAct.TRANSFERRED
    if moved and not entry.get("document_number"):
        wrong["document_number"] = _("危险废物转移须填转移联单编号")
    if entry.get("from_stock") and act not in (None, WasteAct.USED, WasteAct.DISPOSED):
        wrong["from_stock"] = _("只有综合利用与处置可以取自往年贮存")
    return wrong


def enter(entry: WasteEntry, user: Any) -> WasteEntry:
    """Store the entry when the enterprise's ledger still balances with it. Raises InputError when more would
    leave than there was.
    """
    with transaction.atomic():
        entry.entered_by = user
        # one writer at a time for an enterprise: two that use up the same stock must see each other
        Organisation.objects.select_for_update().get(pk=entry.enterprise.pk)
        entry.save()
        for year in range(entry.day.year, timezone.localdate().year + 1):
            waste_balance(WasteEntry.objects.filter(enterprise=entry.enterprise), year, entry.waste_class)
        detail = {"enterprise": entry.enterprise.code, "day": entry.day, "act": entry.act, "tonnes": entry.tonnes}
        WASTE.log(user, "entered", entry, **detail)
    return entry


def void(pk: int, reason: str, user: Any) -> WasteEntry:
    """Void a wrong entry with a reason; it stays visible. Raises PermissionDenied, InputError, NotFoundError
    or ConflictError.
    """
    if not may_enter(user):
        raise PermissionDenied
    entry = _enterable(WasteEntry.objects.all(), user).filter(pk=pk).first()
    if entry is None:
        raise NotFoundError(_("没有这条台账记录，或它不在您的管辖范围内"), where=str(pk))
    return _void(entry, user, reason.strip())


@WASTE.declare(
    "voided",
    gettext_lazy("作废固废台账记录"),
    stands=lambda entry: "" if entry.voided_at is None else _("这条记录已经作废"),
)
def _void(act: Act[WasteEntry], reason: str) -> WasteEntry:
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InputError(_("请写明作废原因（200 字以内）"), where="reason")
    act.record.voided_at, act.record.void_reason = timezone.now(), reason
    act.record.save(update_fields=["voided_at", "void_reason"])
    act.detail["reason"] = reason
    return act.record
