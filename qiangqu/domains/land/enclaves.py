"""Shares of 飞地 and co-built zones, as the formulas take them (joining ``formulas.shares``): reported output, tax and
energy of a zone count in the partners' areas by the agreement's shares, and each figure once in the region.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml
from django.urls import reverse

from qiangqu.formulas.shares import Share
from qiangqu.formulas.spells import FIRST, LAST, month_of
from qiangqu.registry.models import Area
from qiangqu.registry.subjects import ORGANISATION

from .models import AgreementShare


@cache
def elements() -> Mapping[str, tuple[str, ...]]:
    """Codes of the reported elements of everything that may be shared."""
    held = yaml.safe_load((Path(__file__).parent / "data" / "sharing.yaml").read_text("utf-8"))
    return {what: tuple(codes) for what, codes in held.items()}


def shares() -> Iterator[Share]:
    """All shares of agreements, within the days of both."""
    rows = AgreementShare.objects.select_related("agreement__area", "agreement__organisation").order_by("pk")
    homes: dict[str, tuple[int, ...]] = {}
    for one in rows:
        agreement = one.agreement
        path = agreement.area.path
        if path not in homes:
            homes[path] = tuple(Area.objects.filter(path__startswith=path).order_by("pk").values_list("pk", flat=True))
        first = max(_first(one.valid_from), _first(agreement.valid_from))
        last = min(_last(one.valid_to), _last(agreement.valid_to))
        if first > last:
            continue
        yield Share(
            elements()[one.what], homes[path], one.area_id, one.percent / 100, first, last, f"{agreement.code} {agreement.name}",
            reverse("zone-agreements-detail", args=[agreement.pk]),
            ORGANISATION.number if agreement.organisation_id else 0, agreement.organisation_id or 0,
        )  # fmt: skip


def _first(day: dt.date) -> int:
    """The first month of which the end is held by a span that begins on a day."""
    return max(month_of(day), FIRST)


def _last(day: dt.date | None) -> int:
    """The last month of which the end is held by a span that ends on a day."""
    if day is None:
        return LAST
    return month_of(day) if (day + dt.timedelta(days=1)).day == 1 else month_of(day) - 1
