"""Where the records of a declared subject lay and whose they were, month by month (see :mod:`qiangqu.formulas.spells`).

A record whose area comes through its owner lies where the owner lay in that month, by the histories of both.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Model

from qiangqu.base.subjects import Subject
from qiangqu.facts import subjects

from .spells import FIRST, LAST, Spell, joined, overlaid, read, spells

#: of a record that a foreign key does not lead to
_NOWHERE: list[Spell] = [(FIRST, LAST, (None,))]


def related(model: type[Model], key: str) -> Any:
    """The model to which a foreign key leads."""
    return model._meta.get_field(key).related_model


def models_behind(subject: Subject) -> list[type[Model]]:
    """The models whose versions say what a record was and where it lay: its own, and those on the way to its area but for the areas."""
    found: list[type[Model]] = [subjects.model_of(subject)]
    for step in subjects.steps_to_area(subject)[:-1]:
        found.append(related(found[-1], step))
    if subject.owner:
        found.append(related(found[0], subject.owner))
    return list(dict.fromkeys(found))


def places(model: type[Model], steps: Sequence[str]) -> dict[int | None, list[Spell]]:
    """The area (its id, None: none) of each record, over the foreign keys ``steps``; an area itself without any."""
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
    """Each record with its stretches of ``(area, id of its owner)``; the owner is None where the subject has none."""
    model = subjects.model_of(subject)
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
