"""Who sees what of schemes, in plain Python, for the property test of visibility (``site/tests``)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from qiangqu.schemes.reading import of_data


def _reply(row: Any, w: Any) -> bool:
    if row["area_id"] is not None:
        return bool(w.looks_after(row["area_id"]))
    firm = w.get("Organisation", row["organisation_id"])
    return bool(w.looks_after(firm["area_id"]) or w.owns(row["organisation_id"]))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {"Reply": _reply}


def _edition(n: int) -> dict[str, Any]:
    scheme, faults = of_data({
        "code": f"made{n}", "edition": "1", "title": "试评", "subject": "enterprise", "kind": "eligibility",
        "document": {"title": "办法", "effective": "2020-01-01"},
        "values": {"held": {"title": "称号", "titles": ["base"]}},
        "gates": [{"code": "held", "title": "持有称号", "value": "held", "op": "==", "than": True}],
    })  # fmt: skip
    assert scheme is not None, faults
    return {
        "code": scheme.code,
        "edition": scheme.edition,
        "subject": scheme.subject,
        "kind": scheme.kind,
        "since": dt.date(2020, 1, 1),
        "data": scheme.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True),
    }


#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "schemes.Edition": _edition,
    "schemes.Reply": lambda n: {"organisation": None} if n % 3 == 0 else {"area": None},
}
#: pages of one record: model, name of the address, its arguments, the permission that opens it
PAGES: tuple[tuple[str, str, Callable[[Any], list[Any]], str], ...] = ()
