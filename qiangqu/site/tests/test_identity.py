"""Every model of every part says whether its rows leave the node, and by what they are then known; what it
says holds in the tables.
"""

import random
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from qiangqu.base.identity import Stays, travels_by, uid7
from qiangqu.facts.models import Fact
from qiangqu.records.models import owners
from qiangqu.registry.models import HERE, Area, Node, Role, Travelling
from qiangqu.registry.models.user import User
from qiangqu.registry.tests import factories

from . import rich_scene

ONE_HOME = {
    "channel_once_station": "what is measured at a station is decided where the station is looked after",
    "channel_once_outlet": "what is measured at an outlet is decided where the outlet is looked after",
    "environment_channel.point": "a point sends to one node",
    "telemetry_alarm_point_once": "a point sends to one node",
    "measure_unit_once": "a plan is made by one node",
    "target_unit_once": "a plan is made by one node",
    "document_number_once": "a document number begins with its body's code word (GB/T 9704), and a body's register is kept on one node",
    "document_receipt_once": "a body's register is kept on one node",
    "document_received_once": "a body's register is kept on one node",
    "archive_code_once": "an archive code begins with its fonds, which is one body's",
}
"""Unique over rows of a model that travels by uid, though neither the origin nor such a row is in it: why two
nodes cannot both make one.
"""


def leaving() -> list[type[Any]]:
    return [model for model in rich_scene.ours() if not isinstance(travels_by(model), Stays)]


def test_every_model_says_by_what_it_travels() -> None:
    for model in rich_scene.ours():
        said = travels_by(model)
        assert said == "uid" or isinstance(said, tuple | Stays), model
        assert (said == "uid") == issubclass(model, Travelling), model


def test_a_natural_key_is_unique_and_leads_to_rows_that_travel() -> None:
    for model in leaving():
        key = travels_by(model)
        if not isinstance(key, tuple):
            continue
        fields = [model._meta.get_field(name) for name in key]
        alone = len(fields) == 1 and fields[0].unique
        together = any(set(one.fields) == set(key) for one in model._meta.constraints if hasattr(one, "fields"))
        written_whole = model is Fact  # by facts/store.py, a batch at a time: tested there
        assert alone or together or written_whole, f"{model.__name__}: nothing keeps {key} unique"
        for field in fields:
            assert not field.get_internal_type().endswith("AutoField"), (
                f"{model.__name__}.{field.name} is an id of this node's"
            )


def test_what_travels_refers_to_nothing_that_stays() -> None:
    """But to people, whose names travel in place of their accounts. A kind of record goes by its app and
    name, and its record by what it travels by.
    """
    for model in leaving():
        for field in model._meta.concrete_fields:
            target = field.related_model
            if target is not None and target not in (User, ContentType):
                assert not isinstance(travels_by(target), Stays), (
                    f"{model.__name__}.{field.name} leads to {target.__name__}"
                )
    for owner in owners():
        assert not isinstance(travels_by(owner), Stays), f"files of {owner.__name__} travel, and it does not"


def test_no_uniqueness_that_a_second_node_would_break() -> None:
    named = set()
    for model in leaving():
        if travels_by(model) != "uid":
            continue
        uniques = {one.name: one.fields for one in model._meta.constraints if hasattr(one, "fields")}
        uniques |= {
            f"{model._meta.db_table}.{f.name}": (f.name,) for f in model._meta.fields if f.unique and not f.primary_key
        }
        for name, fields in uniques.items():
            targets = [model._meta.get_field(field).related_model for field in fields]
            of_one_node = any(target is not None and issubclass(target, Travelling) for target in targets)
            if "uid" in fields or "origin" in fields or of_one_node:
                continue
            assert name in ONE_HOME, (
                f"{name} of {model.__name__}: two nodes may both make such a row; put origin into it"
            )
            named.add(name)
    assert named == set(ONE_HOME)


@pytest.mark.django_db
def test_rows_are_born_with_a_uid_and_their_node() -> None:
    areas = list(factories.tree().values())
    people = [factories.user(Role.ZONE, areas[-1], f"clerk-{n}") for n in range(6)]
    maker = rich_scene.Maker(random.Random(3), {Area: areas, User: people})
    for model in rich_scene.ours():
        if not issubclass(model, Travelling):
            continue
        rows = maker.make(model)
        assert rows, f"the scene has no {model.__name__}"
        stored = list(model._default_manager.values_list("uid", "origin_id"))
        assert {uid.version for uid, _ in stored} == {7} and {origin for _, origin in stored} == {HERE}
        assert len({uid for uid, _ in stored}) == len(stored) >= len(rows)
    assert Node.objects.get().pk == HERE


def test_uids_rise(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [uid7() for _ in range(5000)]
    assert made == sorted(set(made)) and {one.variant for one in made} == {"specified in RFC 4122"}
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert uid7() > made[-1], "a clock that is set back makes no uid that comes before"


def test_uids_carry_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = 4_000_000_000_123
    monkeypatch.setattr("time.time_ns", lambda: ahead * 1_000_000)
    monkeypatch.setattr("qiangqu.base.identity._last", 0)
    assert uid7().int >> 80 == ahead
