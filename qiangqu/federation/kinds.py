"""Which models travel, and how a row becomes the body of an entry and again a row.

A reference to a row goes as what that row travels by: ``"ORIGIN/uid"``, or the values of its natural key. Fields
that a later version sends and this one does not know stay in the entry.
"""

from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.signals import post_save
from django.utils.module_loading import import_string

from qiangqu.base.identity import travels_by
from qiangqu.base.part import PartError, Reference
from qiangqu.base.travels import Told, Travels
from qiangqu.registry.models import HERE, Node, Travelling

from .core.apply import Kind

_KINDS: dict[str, Travels | Told] = {}
_OF_MODEL: dict[type[models.Model], str] = {}


class Missing(Exception):
    """A row that is referred to is not here."""


def register(name: str, declared: Reference) -> None:
    """What joins the point ``federation.kinds``. Raises PartError for a model that does not travel by uid."""
    from .outbox import on_save

    travels: Travels | Told = declared.get()
    if isinstance(travels, Told):
        _KINDS[name] = travels
        return
    model = apps.get_model(travels.model)
    if not issubclass(model, Travelling):
        raise PartError(f"{travels.model} 不是 Travelling，不能作为 {name} 传送")
    _KINDS[name], _OF_MODEL[model] = travels, name
    post_save.connect(on_save, sender=model, dispatch_uid=f"federation {name}")


def kinds() -> dict[str, Kind]:
    """The kinds of entries that this software knows, for the core."""
    return {name: Kind(one.version) for name, one in _KINDS.items()}


def kind_of(model: type[models.Model]) -> tuple[str, Travels]:
    name = _OF_MODEL[model]
    return name, _rows(name)


def _rows(name: str) -> Travels:
    found = _KINDS[name]
    assert isinstance(found, Travels), name
    return found


def travels(name: str) -> Travels | Told:
    return _KINDS[name]


def fields_of(name: str) -> tuple[str, ...]:
    return _rows(name).fields


def model_of(name: str) -> type[models.Model]:
    return apps.get_model(_rows(name).model)


def row_kinds() -> set[str]:
    """The kinds whose records are rows."""
    return set(_OF_MODEL.values())


def all_models() -> list[type[models.Model]]:
    return list(_OF_MODEL)


def record_of(row: Any) -> str:
    """What a row that travels by uid is called everywhere."""
    return f"{row.origin.code}/{row.uid}"


def name_of(row: Any) -> Any:
    """What a row is called elsewhere."""
    by = travels_by(type(row))
    if by == "uid":
        return record_of(row)
    assert isinstance(by, tuple), f"{type(row).__name__} stays here"
    values = [getattr(row, one) for one in by]
    return [name_of(one) if isinstance(one, models.Model) else one for one in values]


def body_of(row: models.Model, travels: Travels) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body of an entry about a row, and the records without which it cannot be understood."""
    body: dict[str, Any] = {}
    refs = []
    for name in travels.fields:
        field = row._meta.get_field(name)
        value = getattr(row, name)
        if isinstance(value, models.Model):
            body[name] = name_of(value)
            if isinstance(value, Travelling):
                refs.append(record_of(value))
        elif value is None or isinstance(value, bool | int | float | str | list | dict):
            body[name] = value
        else:
            assert isinstance(field, models.Field)
            body[name] = field.value_to_string(row)
    return body, tuple(refs)


def row_named(model: type[Any], name: Any) -> Any:
    """The row that travels by that name. Raises Missing."""
    by = travels_by(model)
    try:
        if by == "uid":
            origin, _slash, uid = str(name).partition("/")
            return model._default_manager.get(uid=uid, origin__code=origin)
        assert isinstance(by, tuple)
        values = {}
        for one, value in zip(by, name, strict=True):
            target = model._meta.get_field(one).related_model
            values[one] = row_named(target, value) if target is not None else value
        return model._default_manager.get(**values)
    except (ObjectDoesNotExist, ValueError, TypeError) as error:
        raise Missing(f"{model._meta.label_lower}:{name}"[:80]) from error


def node_of(code: str) -> Node:
    """The row of the node of that code, made when it is new here."""
    found = Node.objects.filter(code=code).first()
    if found is None:
        last = Node.objects.order_by("-pk").values_list("pk", flat=True).first() or HERE
        found = Node.objects.create(pk=last + 1, code=code)
    return found


def write_row(kind: str, record: str, body: dict[str, Any]) -> None:
    """Make the row of a record what its body says, in the caller's transaction. Raises Missing for a reference
    that leads nowhere here; whatever the model refuses goes through to the caller.
    """
    travels = _KINDS[kind]
    if isinstance(travels, Told):
        import_string(travels.write.replace(":", "."))(record, body)
        return
    model: Any = apps.get_model(travels.model)
    origin, _slash, uid = record.partition("/")
    row = model._default_manager.filter(uid=uid, origin__code=origin).first()
    fresh = row is None
    if fresh:
        row = model(uid=uid, origin=node_of(origin))
    for name in travels.fields:
        if name not in body:
            continue
        field = model._meta.get_field(name)
        value = body[name]
        if field.related_model is not None:
            setattr(row, name, None if value is None else row_named(field.related_model, value))
        else:
            if isinstance(value, str) and field.max_length and len(value) > field.max_length:
                raise ValueError(f"{name} is too long")  # Django asks this of forms only
            setattr(row, name, field.to_python(value))
    row.clean_fields(exclude=[one.name for one in model._meta.fields if one.name not in travels.fields])
    # as it is: a receiver's clock and defaults (auto_now_add) change nothing of what another node has said; raw
    # tells the signal, too, that this is nobody's act here
    row.save_base(raw=True, force_insert=fresh)
