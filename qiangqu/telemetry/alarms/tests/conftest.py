"""Two zones with devices and points, values put straight into the latest table and the lake, a clock that the
test moves.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from qiangqu.lake.telemetry import Batch, append_many
from qiangqu.registry.tests import factories
from qiangqu.telemetry.alarms.evaluate import Pass, evaluate, moment
from qiangqu.telemetry.alarms.models import AlarmRule
from qiangqu.telemetry.models import Device, Point

FACTORS = ("a21026", "a21002", "w01018")


@dataclass
class Scene:
    areas: dict[str, Any]
    people: dict[str, Any]
    mine: Any
    devices: dict[str, Device]
    points: dict[str, Point]
    now: int = 0
    batches: int = 0
    passes: list[Pass] = field(default_factory=list)

    def report(self, values: dict[str, float], ago: float = 0, flag: int = 0) -> None:
        """Values of points ("D1.a21026") that were measured ``ago`` seconds before the scene's clock."""
        self.batches += 1
        numbers = np.array([self.points[name].pk for name in values], np.int32)
        times = np.full(len(values), self.now - int(ago * 1000), np.int64)
        append_many(
            [
                Batch(
                    f"scene{self.batches}",
                    numbers,
                    times,
                    np.array(list(values.values()), float),
                    np.full(len(values), flag, np.uint8),
                )
            ]
        )

    def step(self, seconds: float = 60, **values: float) -> Pass:
        """Let time pass, report values (D1_a21026=…), judge."""
        self.now += int(seconds * 1000)
        if values:
            self.report({name.replace("_", "."): value for name, value in values.items()})
        done = evaluate(self.now)
        assert done is not None
        self.passes.append(done)
        return done

    def rule(self, **more: Any) -> AlarmRule:
        made = AlarmRule(
            **{
                "code": f"r{AlarmRule.objects.count() + 1}",
                "name": "浓度过高",
                "area": self.areas["R"],
                "condition": "value > limit",
                "limit": 50.0,
                "factors": "a*",
                "grouping": "device",
                "notify": "zone",
                "enabled": True,
                "valid_from": factories.BORN,
            }
            | more
        )
        made.full_clean()
        made.save()
        return made


@pytest.fixture
def scene(transactional_db: Any) -> Scene:
    areas = factories.tree()
    people = factories.users(areas)
    mine = factories.enterprise(areas["Z1"], 1, "东一化工")
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner", organisation=mine)
    people["rival"] = factories.user(
        "enterprise", areas["Z1"], "rival", organisation=factories.enterprise(areas["Z1"], 2)
    )
    people["inspector"] = factories.user("inspector", areas["Z1"], "inspector")
    devices, points = {}, {}
    for mn, area, owner in (("D1", "Z1", mine), ("D2", "Z1", None), ("D3", "Z3", None)):
        device = Device.objects.create(
            mn=mn,
            name=f"{mn}号排口",
            area=areas[area],
            organisation=owner,
            valid_from=factories.BORN,
            simulated=mn == "D2",
        )
        devices[mn] = device
        for factor in FACTORS:
            points[f"{mn}.{factor}"] = Point.objects.create(
                device=device, factor_code=factor, interval="rtd", statistic="Rtd", unit="mg/m³", lower=0.0, upper=500.0
            )
    now = time.time_ns() // 1_000_000 // 60_000 * 60_000 - 6 * 3_600_000
    Point.objects.update(created_at=moment(now - 86_400_000))
    return Scene(areas, people, mine, devices, points, now)
