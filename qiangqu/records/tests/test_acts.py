import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import covers
from qiangqu.records.acts import Acts
from qiangqu.registry.models import Area, AuditEntry
from qiangqu.registry.tests import factories

AREAS = Acts(Area, "area", may=lambda user, area: covers(user, area.path), state="level", title="name")


@pytest.fixture
def scene(db):
    areas = factories.tree()
    return areas, factories.users(areas)


def rename(area: Area, name: str, user: Any, **more: Any) -> Area:
    with AREAS.act(area, user, "renamed", **more) as act:
        act.detail["before"] = act.record.name
        act.record.name = name
        act.record.save(update_fields=["name"])
    return act.record


def test_an_act_is_done_and_written_down(scene) -> None:
    areas, people = scene
    assert rename(areas["Z1"], "新园", people["zone"], states=("zone",)).name == "新园"
    entry = AuditEntry.objects.get(action="area_renamed")
    assert (entry.object_type, entry.object_id, entry.user) == ("area", str(areas["Z1"].pk), people["zone"])
    assert entry.detail["before"] == areas["Z1"].name and entry.detail["name"] == "新园"


@pytest.mark.parametrize(
    ("who", "more", "error", "said"),
    [
        ("neighbour", {}, PermissionDenied, None),
        ("zone", {"states": ("city",)}, ConflictError, "不能再这样办"),
        ("zone", {"states": ("city",), "refusal": "不是%(state)s的事"}, ConflictError, "不是.+的事"),
        ("zone", {"may": lambda user, area: False}, PermissionDenied, None),
    ],
)
def test_what_may_not_be_done_is_told_and_leaves_nothing(scene, who, more, error, said) -> None:
    areas, people = scene
    with pytest.raises(error, match=said):
        rename(areas["Z1"], "新园", people[who], **more)
    areas["Z1"].refresh_from_db()
    assert areas["Z1"].name != "新园" and not AuditEntry.objects.filter(action="area_renamed").exists()


def test_a_fault_on_the_way_undoes_the_act(scene) -> None:
    areas, people = scene
    with pytest.raises(InputError), AREAS.act(areas["Z1"], people["zone"], "renamed") as act:
        act.record.name = "半途"
        act.record.save(update_fields=["name"])
        raise InputError("不行")
    areas["Z1"].refresh_from_db()
    assert areas["Z1"].name != "半途" and not AuditEntry.objects.filter(action="area_renamed").exists()


def test_what_was_so_already_is_no_act(scene) -> None:
    areas, people = scene
    with AREAS.act(areas["Z1"], people["zone"], "renamed") as act:
        act.nothing = True
    assert not AuditEntry.objects.filter(action="area_renamed").exists()


def test_a_record_that_is_gone_is_told(scene) -> None:
    _areas, people = scene
    gone = Area(pk=999_999, name="不在")
    with pytest.raises(NotFoundError, match="不在"), AREAS.act(gone, people["zone"], "renamed"):
        raise AssertionError("must not be reached")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads share SQLite's memory database badly")
def test_of_two_who_do_the_same_the_second_is_told() -> None:
    areas = factories.tree()
    people = factories.users(areas)
    told: list[str] = []

    def work() -> None:
        try:
            with AREAS.act(areas["Z1"], people["zone"], "renamed", states=("zone",)) as act:
                act.record.level = "city"
                Area.objects.filter(pk=act.record.pk).update(level="city")
            told.append("done")
        except ConflictError:
            told.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "late", "late", "late"]
