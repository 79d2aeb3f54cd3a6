"""What JSON says of a thing, declared by where it stands: types come from the thing's own fields, so that
nothing is mapped by hand.

    TotalOut = shape("TotalOut", Total, "factor", "emitted", "status", enterprise="enterprise.code")

An operation then answers with the things themselves: ``response=listed(TotalOut)``.
"""

import datetime as dt
import types
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from django.db import models
from ninja import Field, Schema
from pydantic import create_model

#: what a model's field is in JSON; any other is text
JSON_TYPES: Mapping[str, Any] = {
    "BooleanField": bool,
    "FloatField": float,
    "DateField": dt.date,
    "DateTimeField": dt.datetime,
    "JSONField": Any,
    "UUIDField": uuid.UUID,
}


def json_type(field: Any) -> Any:
    """The type of a model's plain field in JSON."""
    kind = field.get_internal_type()
    return int if "Integer" in kind or "AutoField" in kind else JSON_TYPES.get(kind, str)


@dataclass(frozen=True, slots=True)
class _Step:
    kind: Any
    may_lack: bool = False


def _step(owner: Any, name: str) -> _Step:
    """What ``owner.name`` is, and whether it may be None. Raises TypeError for what has no such typed
    attribute.
    """
    if isinstance(owner, type) and issubclass(owner, models.Model):
        known = {one.name: one for one in owner._meta.concrete_fields} | {"pk": owner._meta.pk}
        if name in known:
            field: Any = known[name]
            return _Step(field.related_model if field.is_relation else json_type(field), field.null)
    found = getattr(owner, name, None)
    read = found.fget if isinstance(found, property) else None
    hints = get_type_hints(read) if read is not None else get_type_hints(owner)
    hint = hints.get("return" if read is not None else name)
    if hint is None:
        raise TypeError(f"{owner.__name__} has no typed attribute {name}")
    return _plain(hint)


def _plain(hint: Any) -> _Step:
    """A hint without its None."""
    if get_origin(hint) in (Union, types.UnionType):
        some = tuple(one for one in get_args(hint) if one is not types.NoneType)
        return _Step(Union[some], len(some) < len(get_args(hint)))  # noqa: UP007 - made of a tuple
    if get_origin(hint) is Literal:
        return _Step(type(get_args(hint)[0]))
    return _Step(hint)


def _first(kind: Any) -> Any:
    """Of several kinds of thing the first stands for all."""
    return get_args(kind)[0] if get_origin(kind) in (Union, types.UnionType) else kind


def type_at(owner: Any, path: str) -> tuple[Any, Any]:
    """The type of what stands at a dotted ``path``, and its default: behind something that may be missing a
    text is "", a truth is false, all else is null. ``...`` where something stands there always, if only null.

    >>> @dataclass
    ... class Inner:
    ...     depth: float
    ...     word: str
    >>> @dataclass
    ... class Outer:
    ...     code: str
    ...     inner: Inner | None
    >>> type_at(Outer, "code"), type_at(Outer, "inner.depth"), type_at(Outer, "inner.word")
    ((<class 'str'>, Ellipsis), (float | None, None), (<class 'str'>, ''))
    """
    lacking = False
    for name in path.split("."):
        step = _step(_first(owner), name)
        before, lacking, owner = lacking, lacking or step.may_lack, step.kind
    if not lacking:
        return owner, ...
    if before and not step.may_lack and owner in (str, bool):
        return owner, owner()
    return owner | None, None if before else ...


@dataclass(frozen=True, slots=True)
class Many:
    """Things at a path (a list, or a relation of a model), each in the shape ``of``."""

    of: Any
    path: str = ""


def shape(name: str, of: Any, /, *same: str, base: Any = Schema, **paths: str | Many) -> Any:
    """A schema of things of the class ``of`` (a dataclass, a named tuple or a model): attributes that keep
    their names, and others by their path. A path that ends in "?" is null where there is nothing. ``base`` is
    a shape whose fields it has as well."""
    fields: dict[str, Any] = {}
    for field, path in ({one: one for one in same} | paths).items():
        if isinstance(path, Many):
            fields[field] = (list[path.of], Field(..., alias=path.path or None))  # type: ignore[name-defined]
            continue
        kind, default = type_at(of, path.rstrip("?"))
        if path.endswith("?"):
            kind, default, path = kind | None, None, path.rstrip("?")
        fields[field] = (kind, Field(default, alias=path if path != field else None))
    made: Any = create_model(name, __base__=base, __doc__=(of.__doc__ or "").partition("\n\n")[0], **fields)
    return made


def entered(name: str, of: type[models.Model], /, *fields: str, **more: Any) -> Any:
    """A schema of what comes in about a record: ``fields`` of the model with their types and choices, and
    ``more`` (type, default). What the model lets be empty or gives a default need not be sent."""
    made: dict[str, Any] = dict(more)
    for one in fields:
        field: Any = of._meta.get_field(one)
        codes = tuple(str(code) for code, _word in field.flatchoices)
        kind = Literal[codes] if codes else json_type(field)
        if field.has_default():
            made[one] = (kind, field.get_default())
        elif field.null:
            made[one] = (kind | None, None)
        else:
            made[one] = (kind, "" if field.blank and kind is str else ...)
    return create_model(name, __base__=Schema, **made)


def listed(shape: Any) -> Any:
    """The response that is a list of such things."""
    return list[shape]


class Wanted(Schema):
    """Which page of a long answer is wanted."""

    page: int = Field(1, ge=1, le=10_000)
    size: int = Field(50, ge=1, le=500)

    def cut(self, rows: Any) -> dict[str, Any]:
        """The page of a queryset, and how many rows there are in all."""
        start = (self.page - 1) * self.size
        return {"count": rows.count(), "rows": rows[start : start + self.size]}


def paged(name: str, of: Any) -> Any:
    """The response that is one page of such things: ``count`` is of all pages."""
    rows: Any = list[of]
    return create_model(name, __base__=Schema, count=(int, ...), rows=(rows, ...))
