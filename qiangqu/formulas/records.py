"""Records of the declared subjects, month by month: where they lay, whose they were, what they were (see
:mod:`qiangqu.formulas.spells`).

A record whose area comes through its owner lies where the owner lay in that month, by the histories of
both; its owner's attributes are those that the owner had then.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.db.models import Model
from django.utils.translation import override

from qiangqu.base.subjects import Attribute, Subject
from qiangqu.facts import subjects

from .attributes import AttributeInfo, SubjectInfo
from .spells import FIRST, LAST, Spell, joined, lives, overlaid, read, spells

#: of a record that a foreign key does not lead to
_NOWHERE: list[Spell] = [(FIRST, LAST, (None,))]


def related(model: type[Model], key: str) -> Any:
    """The model to which a foreign key leads."""
    return model._meta.get_field(key).related_model


def models_behind(subject: Subject) -> list[type[Model]]:
    """The models whose versions say what a record was and where it lay: its own, and those on the way to
    its area but for the areas."""
    found: list[type[Model]] = [subjects.model_of(subject)]
    for step in subjects.steps_to_area(subject)[:-1]:
        found.append(related(found[-1], step))
    if subject.owner:
        found.append(related(found[0], subject.owner))
    return list(dict.fromkeys(found))


def places(model: type[Model], steps: Sequence[str]) -> dict[int | None, list[Spell]]:
    """The area (its id, None: none) of each record, over the foreign keys ``steps``; an area itself
    without any."""
    if not steps:
        return {pk: [(FIRST, LAST, (pk,))] for pk in model._default_manager.values_list("pk", flat=True)}
    found: dict[int | None, list[Spell]] = {pk: spells(versions) for pk, versions in read(model, (f"{steps[0]}_id",))}
    if len(steps) == 1:
        return found
    beyond = places(related(model, steps[0]), steps[1:])
    return {pk: followed(mine, beyond) for pk, mine in found.items()}


def followed(mine: Sequence[Spell], beyond: dict[int | None, list[Spell]]) -> list[Spell]:
    """Stretches that begin with another record's id, with what stands there of it instead."""
    laid = overlaid(mine, lambda values: beyond.get(values[0], _NOWHERE))
    width = len(mine[0][2])
    return joined([(first, last, values[width:] + values[1:width]) for first, last, values in laid])


def placed(subject: Subject) -> Iterator[tuple[int, list[Spell]]]:
    """Each record with its stretches of ``(area, id of its owner)``; the owner is None where the subject
    has none."""
    model = subjects.model_of(subject)
    if not model.objects.exists():
        return  # what lies on the way to their areas may be long
    steps = subjects.steps_to_area(subject)
    if not steps:
        yield from ((pk, [(FIRST, LAST, (pk, None))]) for pk in model.objects.values_list("pk", flat=True))
        return
    beyond = places(related(model, steps[0]), steps[1:]) if len(steps) > 1 else None
    names = (f"{steps[0]}_id", *([f"{subject.owner}_id"] if subject.owner else []))
    for pk, versions in read(model, names):
        mine = spells(versions)
        if not subject.owner:
            mine = [(first, last, (*values, None)) for first, last, values in mine]
        yield pk, followed(mine, beyond) if beyond is not None else mine


# ---------------------------------------------------------------- what formulas may ask


def attributes(subject: Subject) -> list[tuple[Subject, Attribute]]:
    """The attributes of a record: its own, then those of its owner that have other names. With each whose
    it is."""
    own = [(subject, one) for one in subject.attributes]
    owner = subjects.owner_of(subject)
    known = {one.name for one in subject.attributes}
    return own + [(owner, one) for one in (owner.attributes if owner else ()) if owner and one.name not in known]


def described(with_lists: bool = True) -> dict[str, SubjectInfo]:
    """The declared subjects as formulas see them; the words are those of the project's language, whoever
    asks. Without the code lists, which the database holds, any code is taken (a pack is checked before it is
    loaded)."""
    lists: dict[tuple[type[Model], str], dict[str, str]] = {}
    with override("zh-hans"):
        return {
            one.code: SubjectInfo(
                one.code,
                str(one.title),
                {a.name: _described(whose, a, lists if with_lists else None) for whose, a in attributes(one)},
            )
            for one in subjects.subjects()
        }


def _described(
    subject: Subject, attribute: Attribute, lists: dict[tuple[type[Model], str], dict[str, str]] | None
) -> AttributeInfo:
    column = f'"{attribute.name}"'
    if subjects.is_number(attribute):
        return AttributeInfo(str(attribute.title), column, attribute.unit, sums=attribute.sums)
    field = subjects.field_of(subject, attribute)
    known: dict[str, str] | None = {str(code): str(word) for code, word in field.flatchoices} or None
    if "." in attribute.column and lists is not None:
        key = code_list(subject, attribute)
        if key not in lists:
            model, name = key
            word = "name" if any(f.name == "name" for f in model._meta.fields) else name
            lists[key] = dict(model._default_manager.values_list(name, word))
        known = lists[key]
    return AttributeInfo(str(attribute.title), column, known=known, like=known is None)


def code_list(subject: Subject, attribute: Attribute) -> tuple[type[Model], str]:
    """The model and the column of the code list that holds the attribute."""
    key, _dot, name = attribute.column.partition(".")
    return related(subjects.model_of(subject), key), name


# ---------------------------------------------------------------- all of a register


def record_table(subject: Subject) -> pa.Table:
    """``id, first, last, area, sim`` and the attributes: each record in the stretches of months in which
    it existed and nothing of it changed."""
    asked = attributes(subject)
    schema = pa.schema(
        [
            *((name, pa.int32()) for name in ("id", "first", "last", "area")),
            ("sim", pa.int8()),
            *((one.name, pa.float64() if subjects.is_number(one) else pa.string()) for _whose, one in asked),
        ]
    )
    rows = [
        (pk, max(first, start), min(last, end), values[0], int(simulated), *values[1:])
        for pk, mine, living, simulated in _lived(subject)
        for first, last, values in mine
        for start, end in living
        if values[0] is not None and max(first, start) <= min(last, end)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _lived(subject: Subject) -> Iterator[tuple[int, list[Spell], list[tuple[int, int]], bool]]:
    """Each record: stretches of ``(area, attributes …)``, the months of its lives, and whether it is
    simulated."""
    model, steps = subjects.model_of(subject), subjects.steps_to_area(subject)
    own, owner = subject.attributes, subjects.owner_of(subject)
    keys = [f"{steps[0]}_id"] if steps else []
    owned = [f"{subject.owner}_id"] if owner else []
    names = (*keys, *map(_raw, own), *owned, "valid_from", "valid_to", "simulated")
    life = len(names) - 3
    reads = [_reading(subject, one) for one in own]
    beyond = places(related(model, steps[0]), steps[1:]) if len(steps) > 1 else None
    theirs, nothing = _of_owners(subject, owner) if owner else ({}, [])
    for pk, versions in read(model, names):
        found = [
            (first, last, _values(pk, values, reads, bool(steps)))
            for first, last, values in spells(versions, slice(0, life))
        ]
        if owner:
            laid = overlaid(found, lambda values: theirs.get(values[-1], nothing))
            # the owner's id was needed for what stands behind it
            at = 1 + len(own)
            found = [(first, last, values[:at] + values[at + 1 :]) for first, last, values in laid]
        if beyond is not None:
            found = followed(found, beyond)
        yield pk, joined(found), lives(versions, slice(life, life + 2)), bool(versions[-1][1][-1])


def _values(pk: int, values: tuple[Any, ...], reads: Sequence[Callable[[Any], Any]], has_key: bool) -> tuple[Any, ...]:
    """Values as read, with the area (or the first key to it) in front: attributes as formulas see them,
    what follows them as it is."""
    place, rest = (values[0], values[1:]) if has_key else (pk, values)
    return (place, *(reading(value) for reading, value in zip(reads, rest, strict=False)), *rest[len(reads) :])


def _of_owners(subject: Subject, owner: Subject) -> tuple[dict[int | None, list[Spell]], list[Spell]]:
    """The owner's attributes that count as the record's, by owner, and what stands there without an owner."""
    wanted = [one for whose, one in attributes(subject) if whose == owner]
    reads = [_reading(owner, one) for one in wanted]
    found: dict[int | None, list[Spell]] = {}
    for pk, versions in read(subjects.model_of(owner), tuple(map(_raw, wanted))):
        found[pk] = [
            (first, last, tuple(reading(value) for reading, value in zip(reads, values, strict=True)))
            for first, last, values in spells(versions)
        ]
    return found, [(FIRST, LAST, tuple(reading(None) for reading in reads))]


def _raw(attribute: Attribute) -> str:
    """The model's own column of an attribute: history knows no others."""
    key, dot, _name = attribute.column.partition(".")
    return f"{key}_id" if dot else key


def _reading(subject: Subject, attribute: Attribute) -> Callable[[Any], Any]:
    """From a stored value to what formulas see: a number or None; a text, "" for none."""
    if subjects.is_number(attribute):
        return lambda value: None if value is None else float(value)
    if "." in attribute.column:
        model, name = code_list(subject, attribute)
        codes = dict(model._default_manager.values_list("pk", name))
        return lambda value: str(codes.get(value, ""))
    return lambda value: "" if value is None else str(value)


def code_lists(subject: Subject) -> list[tuple[type[Model], str]]:
    """The code lists that say what a record's attributes are."""
    return list(dict.fromkeys(code_list(whose, one) for whose, one in attributes(subject) if "." in one.column))
