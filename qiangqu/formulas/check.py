"""Checking a formula when it is defined: everything that can be wrong with it is said now, not when it is
computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qiangqu.base.errors import InputError
from qiangqu.base.units import is_known_unit

from .binding import Binder
from .catalog import Catalog, IndicatorInfo, from_database
from .graph import FACT_ATOMS, Graph


@dataclass(frozen=True)
class CheckedFormula:
    """A formula that can be computed. ``words``: it in Chinese; ``elements`` and ``indicators``: codes of
    what it looks at, also through other indicators; ``graph`` and ``root``: its compiled form, in the
    indicator's unit."""

    text: str
    unit: str
    words: str
    elements: frozenset[str]
    indicators: frozenset[str]
    graph: Graph
    root: int
    labels: Mapping[int, str]


def check_formula(
    text: str, *, unit: str, code: str = "", name: str = "", subject: str = "area", catalog: Catalog | None = None
) -> CheckedFormula:
    """Check ``text`` as the formula of the indicator ``code`` measured in ``unit``, with a value for each
    area or each record of ``subject``.

    Raises InputError with one sentence that names what is wrong: a syntax error, a forbidden function, an
    unknown element, indicator or kind, units that do not go together, a circle of indicators, or a formula
    that is too long or too deep.

    >>> from qiangqu.formulas.catalog import ElementInfo
    >>> known = Catalog({"gdp": ElementInfo(1, "gdp", "地区生产总值", "亿元", "flow", "none")})
    >>> check_formula("yoy(official(gdp))", unit="%", catalog=known).words
    '地区生产总值发布数的同比增速'
    >>> check_formula("official(gdp)", unit="万吨", catalog=known)
    Traceback (most recent call last):
    ...
    qiangqu.base.errors.InputError: 公式的结果以“亿元”计，不能换算成指标的单位“万吨”
    """
    if not is_known_unit(unit):
        raise InputError(f"不认识的单位“{unit[:20]}”")
    catalog = catalog or from_database()
    info = IndicatorInfo(code or "_", name or code or "_", unit, text, subject)
    binder = Binder(catalog.with_indicator(info))
    bound = binder.indicator(info.code)
    by_id = {element.id: element.code for element in catalog.elements.values()}
    atoms = [binder.graph[index] for index in binder.graph.reachable([bound.index])]
    return CheckedFormula(
        text=text,
        unit=unit,
        words=bound.words,
        elements=frozenset(by_id[atom.params[0]] for atom in atoms if atom.op in FACT_ATOMS),
        indicators=frozenset(binder.uses.get(info.code, ())),
        graph=binder.graph,
        root=bound.index,
        labels=binder.labels,
    )


def check_all(catalog: Catalog) -> dict[str, str]:
    """Faults of all indicators of a catalogue: a sentence by code of the indicator."""
    faults = {}
    binder = Binder(catalog)
    for code, info in catalog.indicators.items():
        try:
            if not is_known_unit(info.unit):
                raise InputError(f"不认识的单位“{info.unit[:20]}”")
            binder.indicator(code)
        except InputError as error:
            faults[code] = error.message
    return faults
