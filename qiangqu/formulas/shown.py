"""Values and explanations as plain data, for JSON and for the terminal."""

from dataclasses import asdict
from typing import Any

from .evaluate import Value
from .explain import Cell, Explanation, Input
from .rows import Row, RowPage


def value_data(value: Value) -> dict[str, Any]:
    return asdict(value)


def cell_data(cell: Cell) -> dict[str, Any]:
    return asdict(cell)


def input_data(part: Input) -> dict[str, Any]:
    return {
        "node": part.node,
        "op": part.op,
        "label": part.label,
        "area": part.area,
        "period": part.period,
        **cell_data(part.cell),
        "unit": part.unit,
        "indicator": part.indicator or None,
        "has_rows": part.has_rows,
        "used": part.used,
        "hidden": part.hidden,
        "inputs": [input_data(child) for child in part.inputs],
    }


def row_data(row: Row) -> dict[str, Any]:
    data = asdict(row) | {"subject": row.subject_key if row.kind == "subject" else None}
    for name in ("first", "last"):
        data[name] = data[name].isoformat() if data[name] else None
    return data


def page_data(page: RowPage) -> dict[str, Any]:
    return {
        "total": page.total,
        "page": page.page,
        "pages": page.pages,
        "size": page.size,
        "sum": page.sum,
        "unit": page.unit,
        "rows": [row_data(row) for row in page.rows],
    }


def explanation_data(found: Explanation) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": found.name,
        "area": found.area,
        "area_name": found.area_name,
        "period": found.period,
        **cell_data(found.cell),
        "unit": found.unit,
        "formula": found.formula,
        "words": found.words,
        "choice": found.choice.name.lower(),
        "inputs": input_data(found.root),
        "contributions": [
            {"area": c.area, "name": c.name, **cell_data(c.cell), "share": c.share} for c in found.contributions
        ],
        "additive": found.additive,
        "remainder": found.remainder,
        "differences": [{**asdict(d), "difference": d.difference, "percent": d.percent} for d in found.differences],
        "rows_node": found.rows_node,
        "rows": page_data(found.rows) if found.rows else None,
    }


def number_text(value: float | None, decimals: int = 4) -> str:
    """For the terminal: thousands separated, no trailing zeros; "—" for no value.

    >>> number_text(12345.6700), number_text(None)
    ('12,345.67', '—')
    """
    if value is None:
        return "—"
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
