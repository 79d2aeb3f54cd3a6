"""The try-out gives what the live evaluation gives; rules as files; the commands."""

import json
import random

import pytest
from click.testing import CliRunner

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import INVALID
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories
from qiangqu.telemetry.alarms.commands import alarms_group
from qiangqu.telemetry.alarms.models import Alarm, AlarmPoint, AlarmRule, PointLimit
from qiangqu.telemetry.alarms.rules import SAMPLES, load_rules, read_rules
from qiangqu.telemetry.alarms.tryout import try_rule
from qiangqu.telemetry.models import Device, Point

MINUTE = 60_000
RULES = [
    {"condition": "value > limit"},
    {"condition": "value > limit", "clear_condition": "value < limit * 0.8", "delay_on": 120, "delay_off": 180},
    {"condition": "age > 240", "clear_condition": "age < 100"},
    {"condition": "mean(600) > limit AND count(600) >= 4"},
    {"condition": "ABS(change(180)) > 25", "delay_off": 120},
    {"condition": "span(300) = 0 AND count(300) >= 3"},
    {"condition": "high(900) - low(900) > 60 OR value < lower", "delay_on": 60},
    {"condition": "value BETWEEN 55 AND 65 AND NOT age > 60"},
]


@pytest.mark.one_database  # it computes; what is stored is asked of both by test_evaluate
@pytest.mark.parametrize("seed", [1, 2])
def test_the_try_out_gives_what_the_live_evaluation_gives(scene, seed: int) -> None:
    chance = random.Random(seed)
    for number, more in enumerate(RULES):
        scene.rule(code=f"p{number}", devices="D1,D2", factors="a21026", **more)
    start = scene.now + MINUTE
    for minute in range(65):
        scene.now += MINUTE
        for name in ("D1.a21026", "D2.a21026"):
            quiet = 31 <= minute % 40 < 38
            if chance.random() < 0.8 and not quiet:
                steady = minute % 30 > 22
                flag = INVALID if chance.random() < 0.07 else 0
                scene.report({name: 50.0 if steady else round(chance.gauss(50, 18), 1)}, flag=flag)
        scene.step(0)
    end = scene.now + 1
    for rule in AlarmRule.objects.all():
        tried = try_rule(rule, start, end)
        live = AlarmPoint.objects.filter(rule=rule, raised__isnull=False).order_by("point", "raised")
        expected = [(one.point_id, one.began, one.raised, one.cleared) for one in live]
        found = sorted((one.point, one.episode.began, one.episode.raised, one.episode.cleared) for one in tried.fired)
        assert found == expected, rule.condition
        assert tried.points == 2 and tried.rows > 0
        for one, state in zip(sorted(tried.fired, key=lambda f: (f.point, f.episode.raised)), live, strict=True):
            assert (one.episode.lowest, one.episode.highest) == pytest.approx(
                (
                    state.lowest if state.lowest is not None else float("nan"),
                    state.highest if state.highest is not None else float("nan"),
                ),
                nan_ok=True,
            )
    assert AlarmPoint.objects.filter(raised__isnull=False).count() > 20


def test_a_try_out_changes_nothing_and_knows_the_limits_of_points(scene) -> None:
    rule = scene.rule(enabled=False, limit=None, grouping="area")
    PointLimit.objects.create(point=scene.points["D1.a21026"], value=20)
    scene.now += 60 * MINUTE
    begin = scene.now
    for ago, value in ((3000, 10), (2400, 30), (1800, 10), (1200, 40), (600, 10)):
        scene.report({"D1.a21026": value, "D1.a21002": value}, ago=ago)
    tried = try_rule(rule, begin - 3600_000, begin)
    assert [one.episode.value for one in tried.fired] == [40, 30] and tried.alarms == 2
    assert (tried.points, tried.rows, sum(tried.by_day.values()), tried.step) == (6, 10, 2, 0)
    assert not Alarm.objects.exists() and not AlarmPoint.objects.exists()
    both = try_rule(scene.rule(grouping="device", limit=20.0), begin - 3600_000, begin)
    assert len(both.fired) == 4 and both.alarms == 2
    assert try_rule(rule, begin - 3600_000, begin, Point.objects.filter(device__mn="D3")).fired == []


def test_a_days_limit_is_not_held_against_an_hour(scene) -> None:
    """A rule says which limits it is for, by the mean that the limit was set for; live and in the try-out."""
    hour = scene.rule(code="hour", limit=None, condition="value > limit AND limit_over <= 3600", factors="a21026")
    day = scene.rule(code="day", limit=None, condition="value > limit AND limit_over = 86400", factors="a21026")
    own = scene.rule(code="own", limit=20.0, condition="value > limit AND limit_over <= 3600", factors="a21026")
    for name, seconds in (("D1", 3600), ("D2", 86400), ("D3", 0)):
        PointLimit.objects.create(point=scene.points[f"{name}.a21026"], value=20, seconds=seconds)
    start = scene.now
    scene.step(D1_a21026=30, D2_a21026=30, D3_a21026=30)
    live = AlarmPoint.objects.filter(raised__isnull=False).values_list("rule__code", "point__device__mn")
    assert sorted(live) == [
        ("day", "D2"), ("hour", "D1"), ("hour", "D3"), ("own", "D1"), ("own", "D2"), ("own", "D3"),
    ]  # fmt: skip
    names = {point.pk: name[:2] for name, point in scene.points.items()}
    for rule, devices in ((hour, ["D1", "D3"]), (day, ["D2"]), (own, ["D1", "D2", "D3"])):
        assert sorted(names[one.point] for one in try_rule(rule, start, scene.now + 1).fired) == devices, rule.code


def test_a_long_try_out_looks_less_often_but_says_so(scene) -> None:
    rule = scene.rule(condition="age > 600", factors="a21026")
    tried = try_rule(rule, scene.now - 86_400_000, scene.now, most_points=2, most_moments=480)
    assert (tried.points, tried.points_all, tried.step) == (2, 3, 360)
    with pytest.raises(InputError):
        try_rule(rule, scene.now, scene.now)


def test_the_rules_to_begin_with_load_and_run(scene) -> None:
    new, old = load_rules(SAMPLES, scene.areas["Z1"], since=factories.BORN)
    assert new == len(read_rules(SAMPLES)) >= 7 and old == 0
    assert not AlarmRule.objects.filter(enabled=True).exists()
    AlarmRule.objects.update(enabled=True)
    assert load_rules(SAMPLES, scene.areas["Z1"]) == (0, new)
    assert AlarmRule.objects.filter(enabled=True).count() == new
    done = scene.step(D1_a21026=900.0)
    assert done.faults == {} and set(Alarm.objects.values_list("rule__code", flat=True)) == {"Z1-missing"}
    assert scene.step(D1_a21026=900.0).faults == {}
    assert "Z1-range" in Alarm.objects.values_list("rule__code", flat=True)
    for rule in AlarmRule.objects.all():
        try_rule(rule, scene.now - 3_600_000, scene.now)
    assert AuditEntry.objects.filter(action="alarm_rules_loaded").count() == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- code: a\n  name: b\n  condition: value >\n", "第1条 condition"),
        ("- code: a b\n  name: b\n  condition: value > 1\n", "第1条 code"),
        ("- code: a\n  name: b\n  condition: value > 1\n- code: c\n  nome: b\n", "没有字段 nome"),
        ("code: a", "列表"),
        ("- [1", "YAML"),
        ("- code: a\n  condition: value > 1\n", "第1条 name"),
        ("- code: a\n  name: b\n  condition: value > 1\n  severity: 9\n", "第1条 severity"),
        ("- code: a\n  name: b\n  condition: value > 1\n  limit: high\n", "第1条 limit"),
        ("- !!python/object/apply:os.system [id]\n", "YAML"),
    ],
)
def test_a_wrong_file_is_refused_whole(scene, tmp_path, text, sentence) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("- code: good\n  name: b\n  condition: value > 1\n" * (text[0] == "x") + text, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        load_rules(file, scene.areas["Z1"])
    assert not AlarmRule.objects.exists()


def test_commands(scene) -> None:
    runner = CliRunner()
    assert runner.invoke(alarms_group, ["load", "Z1"], catch_exceptions=False).exit_code == 0
    AlarmRule.objects.filter(code="Z1-missing").update(enabled=True)
    Device.objects.exclude(mn="D1").update(enabled=False)
    ran = runner.invoke(alarms_group, ["run", "--once"], catch_exceptions=False)
    assert "1 条规则，3 个测点" in ran.output and "新报警 1" in ran.output
    told = json.loads(runner.invoke(alarms_group, ["status", "--format", "json"]).stdout)
    assert (told["rules"], told["active"], told["unacknowledged"]) == (1, 1, 1)
    tried = json.loads(runner.invoke(alarms_group, ["try", "Z1-missing", "--days", "1", "--format", "json"]).stdout)
    assert tried["alarms"] == 2 and tried["points"] == 6
    assert runner.invoke(alarms_group, ["try", "nothing"]).exit_code != 0
    assert runner.invoke(alarms_group, ["load", "nowhere"]).exit_code != 0
