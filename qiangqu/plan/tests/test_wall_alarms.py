"""Alarms of other parts on the wall screen, through the registry in ui."""

import datetime as dt
from types import SimpleNamespace

from qiangqu.plan import alarms
from qiangqu.ui import attention


def test_alarms_of_other_parts_stand_beside_those_of_the_plan(monkeypatch) -> None:
    monkeypatch.setattr(attention, "_providers", {})
    asked = []

    def provider(user, area, day):
        asked.append((user, area, day))
        yield attention.Alert("at_risk", "一般报警", "/alarms/2", "一般")
        yield attention.Alert("off_track", "紧急报警", "/alarms/1", "紧急")

    attention.register("test", provider)
    day = dt.date(2026, 11, 23)
    late = SimpleNamespace(state="off_track", measure=SimpleNamespace(no=3, title="某举措"), overdue=[])
    scene = SimpleNamespace(user="u", area="a", day=day, measures=[late], statuses=[])
    monkeypatch.setattr(alarms, "reverse", lambda name, args: f"/{name}/{args[0]}")
    found = alarms.current(scene)
    assert [(one.level, one.word) for one in found] == [("off_track", "紧急"), ("off_track", ""), ("at_risk", "一般")]
    assert found[0].url == "/alarms/1" and asked == [("u", "a", day)]


def test_a_registered_name_is_replaced(monkeypatch) -> None:
    monkeypatch.setattr(attention, "_providers", {})
    attention.register("x", lambda *_: [attention.Alert("no_data", "a", "/")])
    attention.register("x", lambda *_: [attention.Alert("no_data", "b", "/")])
    assert [one.text for one in attention.alerts(None, None)] == ["b"]
