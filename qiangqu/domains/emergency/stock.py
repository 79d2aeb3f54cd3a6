"""Stock 库存: how many of a batch there are is the sum of its movements, and movements are only added. What an event has
asked for and was not handed yet is spoken for.
"""

import datetime as dt
from typing import Any

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.records.acts import Act, Acts

from .access import keeps
from .models import MovementKind, RequestState, ResourceRequest, StockMovement, SupplyBatch

MOST = 10_000_000
#: what a keeper enters by hand, and whether it comes in
BY_HAND = {MovementKind.IN: 1, MovementKind.OUT: -1, MovementKind.SCRAPPED: -1, MovementKind.COUNTED: 0}

BATCHES = Acts(
    SupplyBatch,
    "supply_batch",
    may=lambda user, batch: keeps(user, batch.place.area.path),
    related=("item", "place__area"),
    title="code",
)


def with_stock(batches: "QuerySet[SupplyBatch]") -> Any:
    """The batches with ``stock``, ``spoken_for`` by requests, and what is ``free`` of it."""

    def total(rows: Any, field: str) -> Any:
        summed = rows.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Sum(field)).values("n")
        return Coalesce(Subquery(summed, output_field=IntegerField()), 0)

    asked = ResourceRequest.objects.filter(state=RequestState.ASKED)
    return batches.annotate(
        stock=total(StockMovement.objects.all(), "amount"), spoken_for=total(asked, "amount")
    ).annotate(free=F("stock") - F("spoken_for"))


def stock_of(batch: SupplyBatch) -> int:
    """How many there are now."""
    return int(StockMovement.objects.filter(batch=batch).aggregate(n=Sum("amount"))["n"] or 0)


def usable(day: dt.date) -> Q:
    """Batches that may be used on ``day``: not expired, not ended."""
    return (Q(expires_on=None) | Q(expires_on__gte=day)) & (Q(valid_to=None) | Q(valid_to__gte=day))


def move(
    batch: SupplyBatch, kind: str, amount: int, user: Any, reason: str = "", *, request: ResourceRequest | None = None
) -> StockMovement:
    """Add a movement of ``amount`` (below 0: out), in the caller's transaction, which holds the batch. Raises
    ConflictError when there are not so many."""
    left = stock_of(batch) + amount
    if left < 0:
        words = {"batch": str(batch), "stock": left - amount, "unit": batch.item.unit}
        raise ConflictError(_("%(batch)s只有 %(stock)s %(unit)s，不足以出库") % words, where=batch.code)
    if left > MOST:
        raise InputError(_("库存不能多于 %(most)s") % {"most": f"{MOST:,}"}, where=batch.code)
    return StockMovement.objects.create(
        batch=batch, kind=kind, amount=amount, at=timezone.now(), by=user, reason=" ".join(reason.split())[:200],
        request=request, simulated=batch.simulated,
    )  # fmt: skip


@BATCHES.declare(
    "moved",
    gettext_lazy("应急物资出入库"),
    said=lambda row: gettext_lazy("已记账") if row is not None else gettext_lazy("账实相符，没有调整"),
)
def record(act: Act[SupplyBatch], kind: str, amount: str, reason: str = "") -> StockMovement | None:
    """Take in, take out, scrap; or, when counted, what there really is: the difference is the movement. Raises
    InputError for a number that is none, and a count or scrapping without a reason."""
    if kind not in BY_HAND:
        raise InputError(_("请选择入库、出库、盘点或报废"), where=_("类别"))
    if not amount.strip().isdecimal() or int(amount) > MOST:
        raise InputError(_("数量应为不小于 0 的整数"), where=_("数量"))
    if kind in (MovementKind.SCRAPPED, MovementKind.COUNTED) and len(reason.strip()) < 2:
        raise InputError(_("盘点和报废须写明情况"), where=_("原因"))
    batch, number = act.record, int(amount)
    change = number - stock_of(batch) if kind == MovementKind.COUNTED else BY_HAND[MovementKind(kind)] * number
    if change == 0:
        if kind != MovementKind.COUNTED:
            raise InputError(_("数量应为不小于 1 的整数"), where=_("数量"))
        act.nothing = True
        return None
    made = move(batch, kind, change, act.user, reason)
    act.detail |= {"kind": kind, "amount": change, "reason": made.reason}
    return made


def standing_of(row: Any) -> tuple[str, str]:
    """How a batch (of :func:`with_stock`) stands, and its colour: expired, about to, too few, or in order."""
    day = timezone.localdate()
    if row.expires_on is not None and row.expires_on < day:
        return _("已过期"), "red"
    if row.stock <= 0:
        return _("没有库存"), "grey"
    if row.expires_on is not None and row.expires_on <= day + dt.timedelta(days=30):
        return _("30 天内到期"), "amber"
    if row.stock < row.item.least:
        return _("低于最低储备"), "amber"
    return _("正常"), "green"
