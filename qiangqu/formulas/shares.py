"""Shares 分成: what is reported of one place and counts in several, by an agreement (飞地, co-built zones). Each figure
counts once: what the partners do not get stays where it was reported.

Parts on higher floors bring them (joining ``formulas.shares``). Only what subjects report is shared out; published figures
of an area stand as they were published. A reporter is one reporter, where it lies.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa

from qiangqu.facts.models import Element

SCHEMA = pa.schema(
    [
        ("of_element", pa.int32()),
        ("home", pa.int32()),
        ("of_sk", pa.int8()),
        ("of_subject", pa.int32()),
        ("since", pa.int32()),
        ("till", pa.int32()),
        ("to_area", pa.int32()),
        ("share", pa.float64()),
        ("own", pa.int32()),
        ("agreement", pa.int32()),
    ]
)
LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Share:
    """A partner's part (0 to 1) of what is reported in the areas ``homes`` of some elements, of one subject or (0) of all,
    from month to month. ``label`` and ``url`` say by what agreement.
    """

    elements: tuple[str, ...]
    homes: tuple[int, ...]
    area: int
    share: float
    first: int
    last: int
    label: str
    url: str
    subject_kind: int = 0
    subject: int = 0


class Agreement(NamedTuple):
    """What a figure is shared by: its words and its page."""

    label: str
    url: str


Provider = Callable[[], Iterable[Share]]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """``provider()`` gives the shares that a part knows. ``name`` again replaces it."""
    _providers[name] = provider


def table() -> tuple[pa.Table, list[Agreement]]:
    """All shares as rows, each place's own rest among them, and the agreements that ``agreement`` numbers. Where shares
    come to more than the whole, nothing is shared out; where a whole place is, nothing in it is shared out again.
    """
    found = [share for provider in _providers.values() for share in provider()]
    if not found:
        return SCHEMA.empty_table(), []
    wanted = {code for share in found for code in share.elements}
    ids = dict(Element.objects.filter(code__in=wanted).values_list("code", "pk"))
    agreements = list(dict.fromkeys(Agreement(share.label, share.url) for share in found))
    groups: dict[tuple[int, int, int, int], list[Share]] = {}
    for share in found:
        for code in share.elements:
            for home in share.homes if code in ids else ():
                groups.setdefault((ids[code], home, share.subject_kind, share.subject), []).append(share)
    rows = []
    for key, held in groups.items():
        if key[3] and (*key[:2], 0, 0) in groups:
            continue  # the whole place is shared out already: nothing counts twice
        cuts = sorted({share.first for share in held} | {share.last + 1 for share in held})
        for since, after in pairwise(cuts):
            here = [share for share in held if share.first <= since and share.last >= after - 1]
            given = sum(share.share for share in here)
            if not here or given > 1 + LEAST:
                continue
            number = agreements.index(Agreement(here[0].label, here[0].url))
            rows.append((*key, since, after - 1, key[1], max(1 - given, 0.0), 1, number))
            for share in here:
                number = agreements.index(Agreement(share.label, share.url))
                rows.append((*key, since, after - 1, share.area, share.share, 0, number))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    return pa.Table.from_arrays(
        [pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    ), agreements


def joined(figures: str, place: str, month: str, element: str = "") -> str:
    """``LEFT JOIN shares w`` of figures (an alias with element, sk and subject) that lie at ``place`` in ``month``."""
    return (
        f"LEFT JOIN shares w ON w.of_element = {element or f'{figures}.element'} AND w.home = {place} AND {month} BETWEEN w.since AND w.till "
        f"AND (w.of_subject = 0 OR (w.of_sk = {figures}.sk AND w.of_subject = {figures}.subject))"
    )
