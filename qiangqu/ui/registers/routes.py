"""Addresses of a register's pages, and its JSON operations."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import URLPattern, path
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError
from pydantic import create_model

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.terms import clauses, listed

from .. import lists
from ..hooks import hooks
from ..shapes import json_type
from . import listing, pages
from .declare import Register

MAX_LIMIT = 500


def urls(register: Register) -> list[URLPattern]:
    """The pages of ``register`` under ``/<code>/``; editing pages only where something can be entered."""
    code = register.code

    def route(address: str, view: Any, name: str, method: Any, edit: bool = False) -> URLPattern:
        return path(f"{code}/{address}", method(pages.guarded(register, view, edit)), name=f"{code}-{name}")

    found = [
        *lists.urls(listing.listing_of(register), f"{code}/", pages.guard(register)),
        route("<int:pk>/", pages.detail_page, "detail", pages.GET),
    ]
    if register.form_fields:
        if register.creatable:
            found.append(route("new/", pages.edit_page, "create", pages.FORM, edit=True))
        found += [
            route("<int:pk>/edit/", pages.edit_page, "edit", pages.FORM, edit=True),
            route("pick/<slug:name>/", pages.pick, "pick", pages.GET, edit=True),
        ]
        if register.importable:
            found += [
                route("import/", pages.import_page, "import", pages.FORM, edit=True),
                route("import/commit/", pages.import_commit, "import-commit", pages.POST, edit=True),
                route("import/<uuid:token>/", pages.import_job, "import-job", pages.GET, edit=True),
                route("import/<uuid:token>/progress/", pages.import_progress, "import-progress", pages.GET, edit=True),
                route("import/<uuid:token>/returned/", pages.import_returned, "import-returned", pages.GET, edit=True),
                route("import/template/", pages.template, "template", pages.GET, edit=True),
            ]
    return found


class Ref(Schema):
    """A record that is referred to: its id, code (null where it has none) and name."""

    id: int
    code: str | None
    name: str


def _schema(register: Register) -> Any:
    """A typed schema of the register's columns and form fields."""
    fields: dict[str, Any] = {"id": (int, ...)}
    for name in _names(register):
        model_field = register.model_field(name)
        kind: Any = Ref if model_field.is_relation else json_type(model_field)
        fields[name] = (kind | None if kind is not Any else Any, Field(None, description=register.label(name)))
    return create_model(f"{register.model.__name__}Out", __base__=Schema, **fields)


def _names(register: Register) -> list[str]:
    names = dict.fromkeys([*register.columns, *register.form_fields])
    if any(f.name == "simulated" for f in register.model._meta.concrete_fields):
        names["simulated"] = None
    return [name for name in names if name != "id"]


def _as_json(register: Register, row: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"id": listing.record_id(row)}
    for name in _names(register):
        model_field = register.model_field(name)
        value = getattr(row, name)
        if model_field.is_relation and value is not None:
            value = {"id": value.pk, "code": getattr(value, "code", None), "name": str(value)}
        made[name] = value
    return made


def api_router(register: Register) -> Router:
    """A read-only router: ``GET /<code>`` (``area``, ``as_of``, ``q``, ``ended``, the list's filters,
    ``limit`` ≤ 500, ``offset``) and ``GET /<code>/{id}``. The same scope as the pages: what a user may not
    see does not exist for him."""
    router = Router()
    out = _schema(register)
    items: Any = list[out]  # type: ignore[valid-type]
    page: Any = create_model(f"{register.model.__name__}Page", __base__=Schema, count=(int, ...), items=(items, ...))
    relations = [name for name in _names(register) if register.model_field(name).is_relation]

    def rows_for(request: HttpRequest, area: str, as_of: dt.date | None) -> Any:
        if register.action_view is not None and not hooks.may(request.user, register.action_view):
            raise HttpError(403, "您的角色不能查看这个名录")
        chosen = hooks.area(request.user, area) if area else None
        rows = listing.scoped_rows(register, request.user, chosen, as_of)
        return rows.select_related(*relations) if relations else rows

    filters = listed(f"`{name}`" for name in register.filters)

    @router.get(
        f"/{register.code}",
        response=page,
        summary=str(register.title),
        description=f"另可按 {filters} 筛选（日期与数值用 `_from`、`_to`）。" if filters else "",
        operation_id=f"{register.code}_list",
    )
    def list_records(
        request: HttpRequest,
        area: str = "",
        as_of: dt.date | None = None,
        q: str = "",
        limit: int = Query(100, ge=1, le=MAX_LIMIT),
        offset: int = Query(0, ge=0, le=10**9),
    ) -> dict[str, Any]:
        day = as_of if register.has_history else None
        rows = listing.alive(rows_for(request, area, day), register, request.GET, day)
        bound = listing.filterset(
            register, _without(request.GET, "area", "as_of"), listing.search(rows, register, q), request.user
        )
        if not bound.is_valid():
            raise InputError(clauses(f"{name}：{errors[0]}" for name, errors in bound.errors.items()), where="筛选条件")
        rows = bound.qs.order_by(*(register.ordering or register.model._meta.ordering or ["pk"]))
        return {"count": rows.count(), "items": [_as_json(register, row) for row in rows[offset : offset + limit]]}

    @router.get(
        f"/{register.code}/{{record_id}}",
        response=out,
        summary=f"{register.title}：一条",
        operation_id=f"{register.code}_detail",
    )
    def one_record(request: HttpRequest, record_id: int, as_of: dt.date | None = None) -> dict[str, Any]:
        day = as_of if register.has_history else None
        found = rows_for(request, "", day).filter(**{"id" if day else "pk": record_id}).first()
        if found is None:
            raise NotFoundError("没有这条记录，或它不在您的管辖范围内", where=f"{register.code}/{record_id}")
        return _as_json(register, found)

    return router


def _without(params: QueryDict, *names: str) -> QueryDict:
    kept = params.copy()
    for name in names:
        kept.pop(name, None)
    return kept
