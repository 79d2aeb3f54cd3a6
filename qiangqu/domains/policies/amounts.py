"""How much an enterprise gets: decimal arithmetic in yuan, rounded half up to what the policy states, kept as whole 分.

No amount is guessed: where a figure is missing, a divisor is zero or the result is not above zero there is none, with
the reason.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from qiangqu.base.expressions.reading import ExpressionError, names_of
from qiangqu.base.expressions.values import FUNCTIONS, compiled, evaluate
from qiangqu.schemes.evaluate import YES, Table
from qiangqu.schemes.evaluate import evaluate as judged
from qiangqu.schemes.language import Condition, Scheme

from .spec import MOST_YUAN, Benefit, Level, formula_of, money_name, value_name

FEN = 100


@dataclass(frozen=True, slots=True)
class Amount:
    """Whole 分 (None: there is none, and ``why``), and in words what it was computed of."""

    fen: int | None
    basis: str = ""
    why: str = ""


def rounded(yuan: Decimal, to: int) -> int:
    """Yuan as whole 分, half up to a multiple of ``to`` 分.

    >>> rounded(Decimal("12.345"), 1), rounded(Decimal("12.5"), 100), rounded(Decimal("149"), 10_000)
    (1235, 1300, 10000)
    """
    return int((yuan * FEN / to).quantize(Decimal(1), ROUND_HALF_UP)) * to


def yuan(fen: int | None) -> Decimal | None:
    """Whole 分 as yuan; None for None."""
    return None if fen is None else Decimal(fen) / FEN


def exact(value: float) -> Decimal:
    """A stored figure as people wrote it, not as its binary fraction.

    >>> exact(0.1 + 0.2)
    Decimal('0.3')
    """
    return Decimal(f"{value:.12g}")


class Reckoner:
    """Amounts of the subjects of a table by a policy's benefit, rounded to a multiple of ``to`` 分."""

    def __init__(self, benefit: Benefit, to: int, scheme: Scheme, table: Table) -> None:
        self.benefit, self.to, self.scheme, self.table = benefit, to, scheme, table

    def amounts(self, rows: Iterable[int]) -> list[Amount]:
        """The amounts of the subjects in these rows."""
        return [self._of(int(row)) for row in rows]

    def _of(self, row: int) -> Amount:
        one = self._ways[self.benefit.way](row)
        if isinstance(one, Amount):
            return one
        found, basis = one
        if self.benefit.cap is not None and found > self.benefit.cap:
            found, basis = self.benefit.cap, _("%(basis)s，按上限计") % {"basis": basis}
        if found > MOST_YUAN:
            return Amount(None, basis, _("金额大得不合理，请核对公式"))
        fen = rounded(found, self.to)
        return Amount(fen, basis) if fen > 0 else Amount(None, basis, _("算出的金额不大于零"))

    @cached_property
    def _ways(self) -> dict[str, Callable[[int], "Amount | tuple[Decimal, str]"]]:
        return {
            "fixed": lambda row: (self.benefit.amount or Decimal(0), _("定额")),
            "share": self._share,
            "levels": self._level,
            "formula": self._formula,
            "unknown": lambda row: Amount(None, "", _("标准未查到")),
        }

    def _figure(self, name: str, row: int) -> Decimal | None:
        found = self.table.number(name)
        low, high = float(found.low[row]), float(found.high[row])
        return exact(low) if low == high and isfinite(low) else None

    def _share(self, row: int) -> "Amount | tuple[Decimal, str]":
        name, rate = money_name(self.benefit.of or ""), self.benefit.rate or Decimal(0)
        title, base = self.scheme.values[name].title, self._figure(name, row)
        if base is None:
            return Amount(None, "", _("缺少%(title)s") % {"title": title})
        words = {"title": title, "base": f"{base:,.2f}", "rate": f"{rate.normalize():f}"}
        return base * rate / 100, _("%(title)s %(base)s 元的 %(rate)s%%") % words

    @cached_property
    def _holding(self) -> list[tuple[Level, Any]]:
        """The levels from the greatest amount on, each with whom its condition holds for."""
        found = []
        for level in sorted(self.benefit.levels, key=lambda one: -one.amount):
            name = value_name(level.source)
            when = Condition(value=name, op=level.op, than=level.than)
            alone = Scheme.model_construct(gates=(when,), values=self.scheme.values)
            found.append((level, judged(alone, self.table).state))
        return found

    def _level(self, row: int) -> "Amount | tuple[Decimal, str]":
        for level, states in self._holding:
            if states[row] == YES:
                return level.amount, self.scheme.values[value_name(level.source)].title
        return Amount(None, "", _("没有达到任何一档"))

    @cached_property
    def _compiled(self) -> tuple[list[str], Any]:
        tree = formula_of(self.benefit.formula)
        return sorted(names_of(tree)), compiled(tree)

    def _formula(self, row: int) -> "Amount | tuple[Decimal, str]":
        names, work = self._compiled
        figures: dict[str, float] = {}
        for name in names:
            figure = self._figure(money_name(f"indicator:{name}"), row)
            if figure is None:
                title = self.scheme.values[money_name(f"indicator:{name}")].title
                return Amount(None, "", _("缺少%(title)s") % {"title": title})
            figures[name] = float(figure)
        try:
            value = evaluate(work, figures, FUNCTIONS)
        except ExpressionError as error:
            return Amount(None, "", error.message)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            return Amount(None, "", _("公式没有算出一个数"))
        basis = "，".join(
            f"{self.scheme.values[money_name(f'indicator:{n}')].title} {v:,.2f}" for n, v in figures.items()
        )
        return exact(float(value)), basis[:280]
