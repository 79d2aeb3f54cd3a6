"""Facts of enterprises as arrays: enterprises by periods."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from qiangqu.base.periods import Period
from qiangqu.decisions.crosscheck.panel import Floats, Ints
from qiangqu.facts.columns import listed, snapshot
from qiangqu.facts.models import Element
from qiangqu.lake.engine import connect
from qiangqu.registry.subjects import ORGANISATION


@cache
def settings() -> dict[str, Any]:
    """``data/meters.yaml``: which figures are compared with which meters."""
    held: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "meters.yaml").read_text("utf-8"))
    return held


def codes() -> list[str]:
    """The codes of all elements that are read by the month."""
    return [*settings()["claims"], *settings()["also"], *settings()["meters"].values()]


def of_enterprises(wanted: Sequence[str], periods: Sequence[Period]) -> tuple[Ints, dict[str, Floats], set[int]]:
    """Enterprises' ids, for each element (code) their values (enterprises, periods), NaN where there is none, and
    which of the enterprises have simulated ones. A real figure counts before a simulated one.
    """
    elements = dict(Element.objects.filter(code__in=wanted).values_list("pk", "code"))
    keys = {period.key: at for at, period in enumerate(periods)}
    if not elements or not keys:
        return np.array([], dtype=np.int64), {code: np.empty((0, len(keys))) for code in wanted}, set()
    now = snapshot()
    where = f"f.element IN ({listed(elements)}) AND f.period IN ({listed(keys)}) AND f.sk = {ORGANISATION.number}"
    with connect(now.tables) as duck:
        query = now.facts_sql("f.element, f.subject, f.period, f.value, f.sim", where, list(elements), list(keys))
        found = duck.sql(query).to_arrow_table().to_pydict()
    element, subject, period, simulated = (np.array(found[name]) for name in ("element", "subject", "period", "sim"))
    value = np.array(found["value"], dtype=float)
    ids, row = np.unique(subject.astype(np.int64), return_inverse=True)
    column = np.array([keys[key] for key in period.tolist()], dtype=np.int64)
    arrays = {code: np.full((ids.size, len(keys)), np.nan) for code in wanted}
    for made_up in (1, 0):  # the real ones are written last
        for pk, code in elements.items():
            here = (element == pk) & (simulated == made_up)
            arrays[code][row[here], column[here]] = value[here]
    return ids, arrays, set(subject[simulated == 1].tolist())
