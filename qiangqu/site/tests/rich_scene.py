"""A row of every model of every part, made from the models themselves: every owner relation leads somewhere,
in all directions.
"""

import datetime as dt
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from simple_history.utils import bulk_create_with_history

from qiangqu.base.codes import uscc_check_digit
from qiangqu.base.part import parts
from qiangqu.base.periods import PeriodKind, year
from qiangqu.base.visibility import declaration
from qiangqu.facts import ids as ids_of_facts
from qiangqu.facts.models import Fact, FactBatch
from qiangqu.records.models import Attachment, owners
from qiangqu.registry.models import Area, Node, Post, Role, User
from qiangqu.registry.tests import factories

MOMENT = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 2)
ROWS = 6
ZONES = ("Z1", "Z2", "Z3", "Z4", "Z5")

Values = dict[str, Any]


def ours() -> list[type[models.Model]]:
    """The models of all parts, without histories and the tables of many-to-many fields."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("qiangqu.") and not hasattr(model, "instance_type")
    ]


def _uscc(number: int) -> str:
    first = f"91640100MA{number:07d}"
    return first + uscc_check_digit(first)


#: what cannot be told from the field alone, by model and number of the row
SPECIAL: dict[str, Callable[[int], Values]] = {
    "registry.Organisation": lambda n: {"kind": "enterprise", "code": _uscc(n), "uscc": _uscc(n), "scale": ("above", "small")[n % 2]},
    "registry.AuditEntry": lambda n: {"area_path": ""},
    "facts.Fact": lambda n: {"supersedes": None, "subject_kind": 5 - n % 5, "subject_id": 1 + n // 2, "precedence": n % 2},
    "facts.CollectionForm": lambda n: {"scale": ("", "above")[n % 2], "frequency": PeriodKind.YEAR.value, "active": True},
    "facts.Report": lambda n: {"status": ("draft", "submitted", "approved")[n % 3]},
    "cases.CaseKind": lambda n: {"restricted": bool(n % 2)},
    "cases.Step": lambda n: {"status": ("open", "done", "open")[n % 3], "desk_role": ("zone", "", "enterprise")[n % 3], "claimed_at": (MOMENT, None)[n % 2]},
    "environment.Channel": lambda n: {"outlet" if n % 2 else "station": None},
    "environment.Exceedance": lambda n: {"state": ("open", "confirmed", "explained")[n % 3]},
    "environment.WasteEntry": lambda n: {"voided_at": None},
    "telemetry.Alarm": lambda n: {"state": "closed"} | ({"device": None, "organisation": None} if n % 3 == 0 else {}),
    "telemetry.AlarmRule": lambda n: {"condition": "value > 1", "clear_condition": "", "devices": "", "notify": "zone", "escalation": ""},
    "telemetry.Device": lambda n: {"protocol": "hj212"},
    "office.Document": lambda n: {
        "state": ("draft", "issued", "in_review", "registered", "refused", "done")[n % 6], "restricted": n % 4 == 1,
        "direction": ("out", "out", "out", "in", "out", "in")[n % 6], "answers_to": None, "archive_code": "", "receipt": "",
    },
    "office.Meeting": lambda n: {"end": MOMENT + dt.timedelta(hours=1), "minutes": None},
    "office.Invitation": lambda n: {"delegate": None} if n % 2 else {},
    "office.CalendarEvent": lambda n: {"end": MOMENT + dt.timedelta(hours=1)},
    "plan.Responsibility": lambda n: {"measure" if n % 2 else "target": None},
    "plan.ProgressReport": lambda n: {"percentage": 10 * n},
    "simulation.Demonstration": lambda n: {},
}  # fmt: skip


def brought() -> list[Any]:
    """The modules in which domains say who sees their models (``ORACLE``) and what of their rows cannot be told from
    the fields alone (``SPECIAL``), and which pages show one record (``PAGES``): ``tests/oracle.py``."""
    names = [f"{part.package}.tests" for part in parts()]
    return [import_module(f"{one}.oracle") for one in names if find_spec(one) and find_spec(f"{one}.oracle")]


for _oracle in brought():
    SPECIAL.update(_oracle.SPECIAL)


def _placed(rows: dict[type[models.Model], list[Any]]) -> None:
    """Facts lie where their batch says, and it is as large as it says."""
    with connection.cursor() as cursor:
        for batch in FactBatch.objects.all():
            facts = list(Fact.objects.filter(batch=batch).order_by("pk").values_list("pk", flat=True))
            for number, old in enumerate(facts, 1):
                new = ids_of_facts.place(batch.pk, number)
                cursor.execute("UPDATE facts_fact SET id = %s, number = %s WHERE id = %s", [new, number, old])
            batch.rows, batch.sealed, batch.first_fact, batch.last_fact = len(facts), False, None, None
            batch.save()
    rows[Fact][:] = Fact.objects.order_by("pk")


def everything(seed: int) -> dict[type[models.Model], list[Any]]:
    """Five zones in two cities with an officer each, and rows of all models between them."""
    areas = factories.tree()
    for code, parent in (("Z4", "C2"), ("Z5", "C1")):
        areas[code] = Area.objects.create(
            code=code, parent=areas[parent], level="zone", name=f"{code}园", short_name=code, valid_from=factories.BORN
        )
    people = [factories.user(Role.ZONE, areas[code], f"user-{code}") for code in (*ZONES, "C1")]
    rows: dict[type[models.Model], list[Any]] = {
        Area: list(areas.values()), User: people, Post: list(Post.objects.all()),
    }  # fmt: skip
    maker = Maker(random.Random(seed), rows)
    for model in ours():
        if declaration(model) != "inner":
            maker.make(model)
    _placed(rows)
    return rows


class Maker:
    """Makes rows; ``rng`` decides what refers to what."""

    def __init__(self, rng: random.Random, known: dict[type[models.Model], list[Any]]) -> None:
        self.rng, self.rows, self.numbers = rng, known, itertools.count(1)
        self.rows.setdefault(ContentType, [])

    def make(self, model: type[models.Model], count: int = ROWS) -> list[Any]:
        """Rows of ``model`` and, before them, of everything that it cannot be without. Rows that a rule of
        the database refuses are left out.
        """
        if model in self.rows:
            return self.rows[model]
        if model is Node:  # there is one, this one
            self.rows[model] = list(Node.objects.all())
            return self.rows[model]
        self.rows[model] = []
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is not model and field.name not in self._later(model):
                self.make(field.related_model)  # type: ignore[arg-type]
        if model is Attachment:
            return self._attachments()
        made = [model(**self._values(model, n)) for n in range(count)]
        if hasattr(model, "history"):
            self.rows[model] = bulk_create_with_history(made, model)
        else:
            self.rows[model] = list(model._base_manager.bulk_create(made))
        return self.rows[model]

    def _attachments(self) -> list[Any]:
        """Files of every record that may have some."""
        for owner in owners():
            self.make(owner)
        made = []
        for n, one in enumerate(row for owner in owners() for row in self.rows[owner]):
            kind = ContentType.objects.get_for_model(one)
            made.append(Attachment(**self._values(Attachment, n) | {"owner_type": kind, "owner_id": one.pk}))
        self.rows[Attachment] = Attachment.objects.bulk_create(made)
        return self.rows[Attachment]

    def _values(self, model: type[models.Model], n: int) -> Values:
        special = SPECIAL.get(model._meta.label, lambda _n: {})(n)
        values: Values = {}
        for field in model._meta.concrete_fields:
            if field.name in ("uid", "origin"):
                continue  # given to each row when it is made
            if field.name in special:
                values[field.name] = special[field.name]
            elif field.is_relation:
                values[field.name] = self._related(model, field, n)
            elif not field.primary_key or isinstance(field, models.CharField):
                values[field.name] = self._plain(field, n)
        return {name: value for name, value in values.items() if value is not ...}

    def _later(self, model: type[models.Model]) -> tuple[str, ...]:
        """Fields that lead round in a circle."""
        return ("current",) if model._meta.label == "cases.CaseKind" else ()

    def _related(self, model: type[models.Model], field: Any, n: int) -> Any:
        if field.related_model is model:
            return None
        known = self.rows.get(field.related_model, [])
        if not known:
            return None
        # what may be had once only is had in order, all else by chance
        return known[n] if field.unique or _only_by(model, field) else self.rng.choice(known)

    def _plain(self, field: Any, n: int) -> Any:
        number = next(self.numbers)
        if field.choices:
            flat = [value for value, _label in field.flatchoices if value != ""]
            return flat[n % len(flat)]
        match field:
            case models.UUIDField():
                return uuid.UUID(int=self.rng.getrandbits(128))
            case models.BooleanField():
                return field.default if isinstance(field.default, bool) else bool(n % 2)
            case models.DateTimeField():
                return MOMENT
            case models.DateField():
                return (
                    None
                    if field.name == "valid_to"
                    else dt.date(2020, 1, 1)
                    if field.name == "valid_from"
                    else DAY + dt.timedelta(days=n)
                )
            case models.JSONField():
                return field.get_default() if field.has_default() else {}
            case models.FloatField():
                return float(n + 1)
            case models.IntegerField():
                return (
                    year(2020 + n).key
                    if field.name in ("period_key", "first_period")
                    else 2026
                    if "year" in field.name
                    else number
                )
            case models.CharField():
                text = f"t{number}"
                return text[-field.max_length :] if field.max_length and field.max_length < len(text) else text
            case models.TextField():
                return f"t{number}"
        return ... if field.has_default() or field.null else field.get_default()


def _only_by(model: type[models.Model], field: Any) -> bool:
    """Whether a foreign key alone (or with plain columns) must be unique."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields:
            return True
    return False


def moves(rng: random.Random, areas: list[Any], rows: dict[type[models.Model], list[Any]]) -> Iterator[str]:
    """Something is put elsewhere, in the way users do it; says what."""
    from qiangqu.domains.environment.models import Outlet, Station
    from qiangqu.registry.models import Area, Organisation, Parcel, Project
    from qiangqu.telemetry.models import Device

    while True:
        model = rng.choice([Area, Organisation, Parcel, Project, Outlet, Station, Device])
        one = model._default_manager.get(pk=rng.choice(areas if model is Area else rows[model]).pk)
        if model is Area:
            below = Area.objects.filter(path__startswith=one.path).values("pk")
            homes = list(Area.objects.exclude(pk__in=below))
            if one.parent_id is None or not homes:
                continue
            one.parent = rng.choice(homes)
        elif model is Outlet:
            one.enterprise = rng.choice(rows[Organisation])
        else:
            one.area = rng.choice(areas)
            if model is Device:
                one.organisation = rng.choice([None, *rows[Organisation]])
        one.save()
        yield f"{model.__name__} {one.pk}"
