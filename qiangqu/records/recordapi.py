"""The operations of the API that list records and give one, declared:

    add_records(router, "/wells", WELLS_FOUND, WELLS_LIST, WellLine, WellDetail, ("机井列表", "一口机井"))

Whoever asks sees what the list's page and the record's page show him.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import create_model

from qiangqu.registry.access import area_chosen
from qiangqu.registry.models import Travelling
from qiangqu.ui.lists import Listing, asked_for, fetched, narrowed
from qiangqu.ui.shapes import Wanted, paged

from .finding import Findable


def add_records(
    router: Router,
    address: str,
    of: Findable[Any],
    listing: Listing,
    line: Any,
    detail: Any,
    words: tuple[str, str],
    *,
    asks: Mapping[str, tuple[Any, Any]] | None = None,
    beside: Sequence[str] = (),
    tells: tuple[str, str] = ("", ""),
) -> None:
    """``address`` answers with a page of ``line`` as ``listing`` finds them: by ``q``, ``list`` (a tab), ``area``, and what
    ``asks`` names besides (its filters: type and default); ``address/{pk}`` with the ``detail`` of one, for which the
    relations ``beside`` are read. ``words`` and ``tells`` name and describe the two; their ids are ``<page>_list`` and
    ``<page>_detail``.
    """
    more = dict(asks or {})
    known: dict[str, Any] = {"q": (str, ""), "list": (str, ""), "area": (str, ""), **more}
    question: Any = create_model(f"{line.__name__}Wanted", __base__=Wanted, **known)

    def many(request: HttpRequest, wanted: Query[question]) -> Any:  # type: ignore[valid-type]
        user: Any = request.user
        given = {name: value for name, value in dict(wanted).items() if name in known and name != "area"}
        texts = {name: str(value) for name, value in given.items() if value not in (None, "")}
        asked = asked_for(user, area_chosen(user, wanted.area), **texts)  # type: ignore[attr-defined]
        rows = fetched(listing, asked, narrowed(listing, asked))
        return wanted.cut(rows.select_related("origin") if issubclass(of.model, Travelling) else rows)  # type: ignore[attr-defined]

    def one(request: HttpRequest, pk: int) -> Any:
        found = of.one(request.user, pk)
        prefetch_related_objects([found], *beside)
        return found

    shown: dict[str, Any] = {"operation_id": f"{of.page}_list", "summary": words[0], "description": tells[0]}
    router.get(address, response=paged(f"{line.__name__.removesuffix('Line')}List", line), **shown)(many)
    shown = {"operation_id": f"{of.page}_detail", "summary": words[1], "description": tells[1]}
    router.get(f"{address}/{{pk}}", response=detail, **shown)(one)
