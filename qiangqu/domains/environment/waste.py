"""Solid waste 固体废物: the balance of a ledger, and the utilisation rate.

Balance (排放源统计调查制度): generated + stored at the beginning + received = used + disposed + transferred +
discarded + stored at the end. Utilisation rate = used ÷ (generated + earlier stock that was used).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from qiangqu.base.errors import InputError

Act = Literal["generated", "received", "used", "disposed", "transferred"]
IN: tuple[Act, ...] = ("generated", "received")
OUT: tuple[Act, ...] = ("used", "disposed", "transferred")
TOLERANCE = 1e-6  # tonnes


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the ledger in tonnes. ``from_stock`` marks what was used or disposed of out of stock from
    earlier years.
    """

    act: Act
    tonnes: float
    from_stock: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """A period's ledger in tonnes."""

    opening: float
    amounts: dict[str, float] = field(default_factory=dict)
    used_from_stock: float = 0.0

    def amount(self, act: Act) -> float:
        return self.amounts.get(act, 0.0)

    @property
    def closing(self) -> float:
        """What is stored at the end."""
        return self.opening + sum(self.amount(a) for a in IN) - sum(self.amount(a) for a in OUT)

    @property
    def utilisation_rate(self) -> float | None:
        """% used of what was generated and taken from earlier stock; None when that is nothing."""
        whole = self.amount("generated") + self.used_from_stock
        return self.amount("used") / whole * 100.0 if whole > 0 else None


def balance(movements: Iterable[Movement], opening: float = 0.0) -> Balance:
    """Add up a ledger.

    >>> b = balance([Movement("generated", 100), Movement("used", 54), Movement("disposed", 30)]); b.closing, b.utilisation_rate
    (16.0, 54.0)

    Raises InputError for a negative amount, and when more went out than there was.
    """
    if opening < 0:
        raise InputError("期初贮存量不能为负", where="opening")
    amounts: dict[str, float] = {}
    from_stock = 0.0
    for one in movements:
        if not one.tonnes >= 0:
            raise InputError("数量应不小于零", where=one.act)
        amounts[one.act] = amounts.get(one.act, 0.0) + one.tonnes
        if one.from_stock and one.act == "used":
            from_stock += one.tonnes
    result = Balance(opening, amounts, from_stock)
    if result.closing < -TOLERANCE:
        raise InputError(f"去向合计比产生与贮存多 {-result.closing:.3f} 吨，请核对台账", where="期末贮存")
    return result
