"""JSON of things by their own types: what may be missing has its word for it, what is not there is an error
where it is declared.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pytest
from django.db import models
from django.test.utils import isolate_apps
from ninja import NinjaAPI
from ninja.testing import TestClient
from pydantic import ValidationError

from qiangqu.ui.models import SavedView
from qiangqu.ui.shapes import Many, entered, json_type, listed, shape, type_at


@dataclass(frozen=True)
class Meter:
    """A meter.

    And more about it.
    """

    code: str
    value: float | None
    live: bool

    @property
    def word(self) -> str:
        return f"<{self.code}>"


@dataclass(frozen=True)
class Tank:
    name: str
    kind: Literal["oil", "water"]
    meter: Meter | None


class Day(NamedTuple):
    number: int
    tank: Tank


@dataclass(frozen=True)
class Farm:
    name: str
    since: dt.datetime | dt.date | None
    first: Tank | Meter
    all: tuple[Tank, ...]


TankOut = shape(
    "TankOut", Tank, "name", "kind", code="meter.code", word="meter.word", value="meter.value", live="meter.live"
)
DayOut = shape("DayOut", Day, "number", tank="tank.name")
FarmOut = shape(
    "FarmOut", Farm, "since", base=shape("FarmLine", Farm, "name"), code="first.meter.code?", tanks=Many(TankOut, "all"),
)  # fmt: skip
FULL, EMPTY = Tank("甲", "oil", Meter("M1", 2.5, True)), Tank("乙", "water", None)


def answer(of: Any, things: list[Any]) -> tuple[Any, Any]:
    api = NinjaAPI(urls_namespace=of.__name__, auth=None)

    @api.get("/things", response=listed(of))
    def things_(request: Any) -> Any:
        return things

    properties = api.get_openapi_schema(path_prefix="")["components"]["schemas"][of.__name__]["properties"]
    return TestClient(api).get("/things").json(), properties


def test_a_thing_is_answered_as_it_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NINJA_SKIP_REGISTRY", "yes")
    rows, properties = answer(TankOut, [FULL, EMPTY])
    assert rows == [
        {"name": "甲", "kind": "oil", "code": "M1", "word": "<M1>", "value": 2.5, "live": True},
        {"name": "乙", "kind": "water", "code": "", "word": "", "value": None, "live": False},
    ]
    assert sorted(properties) == ["code", "kind", "live", "name", "value", "word"]
    assert answer(DayOut, [Day(3, EMPTY)])[0] == [{"number": 3, "tank": "乙"}]
    farm = Farm("南", dt.date(2026, 3, 1), EMPTY, (FULL, EMPTY))
    assert answer(FarmOut, [farm])[0] == [
        {"name": "南", "since": "2026-03-01", "code": None, "tanks": rows},
    ]
    assert shape("MeterOut", Meter, "code").__doc__ == "A meter."


def test_types_of_a_model_come_from_its_fields() -> None:
    assert type_at(SavedView, "pk") == (int, ...) and type_at(SavedView, "user.username") == (str, ...)
    assert type_at(SavedView, "name") == (json_type(SavedView._meta.get_field("name")), ...)


@isolate_apps("qiangqu.ui")
def test_what_comes_in_is_asked_for_as_the_model_has_it() -> None:
    class Tap(models.Model):
        name = models.CharField(max_length=20)
        word = models.CharField(max_length=20, blank=True)
        state = models.CharField(max_length=4, choices=[("on", "开"), ("off", "关")])
        kind = models.CharField(max_length=4, choices=[("a", "甲"), ("b", "乙")], default="a")
        since = models.DateField(null=True)

        class Meta:
            app_label = "ui"

    form = entered("TapIn", Tap, "name", "word", "state", "kind", "since", turns=(int, 3))
    assert form(name="龙头", state="on").dict() == {
        "name": "龙头", "word": "", "state": "on", "kind": "a", "since": None, "turns": 3,
    }  # fmt: skip
    assert form(name="龙头", state="off", since="2026-03-01").since == dt.date(2026, 3, 1)
    for wrong in (
        {"state": "on"},
        {"name": "龙头"},
        {"name": "龙头", "state": "half"},
        {"name": "龙头", "state": "on", "kind": "c"},
    ):
        with pytest.raises(ValidationError):
            form(**wrong)


@pytest.mark.parametrize("path", ["weight", "meter.weight"])
def test_what_there_is_not_is_an_error(path: str) -> None:
    with pytest.raises(TypeError, match="has no typed attribute weight"):
        shape("Wrong", Tank, weight=path)
