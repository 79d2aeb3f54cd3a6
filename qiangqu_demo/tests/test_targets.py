"""Every target of the demonstration by the printed rule: value, required, forecast, chance and state
agree.
"""

import datetime as dt

import pytest

from qiangqu.base.periods import parse_period
from qiangqu.formulas.refresh import postponed
from qiangqu.plan.briefing import build
from qiangqu.plan.models import Plan, TargetKind
from qiangqu.plan.progress import measure_statuses
from qiangqu.plan.tests.repeating import check_forecast, check_path, check_rule
from qiangqu.plan.track import flows, rules_of, spec_of, status, targets_of
from qiangqu.registry.models import Project
from qiangqu.site.packs import find_pack, load_pack
from qiangqu_demo.simulation.demonstration import simulate

pytestmark = pytest.mark.demonstration

DAY = dt.date(2026, 11, 30)


@pytest.mark.django_db
def test_targets_of_the_demonstration_follow_the_rule() -> None:
    pack = find_pack("ningxia")
    with postponed():
        load_pack(pack, lambda _text: None)
        simulate(pack, parse_period("2026-10"), months=58, enterprises=120)
    plan = Plan.objects.get()
    records = {target.code: target for target in targets_of(plan)}
    flow = flows({target.indicator_code for target in records.values() if target.indicator_code})
    rules = rules_of(plan)
    statuses = status(DAY)
    assert len(statuses) == len(records) == 79
    judged = 0
    for one in statuses:
        record, v = records[one.code], one.verdict
        spec = spec_of(record, flow.get(record.indicator_code), one.decimals)
        check_rule(spec, v, rules)
        check_path(spec, v)
        check_forecast(spec, v, one.forecast)
        said = one.as_contract()
        assert said["chance"] == v.chance and said["status"] == v.state and said["reason"]
        assert "0.8家" not in one.verdict.reason and "依据不足：依据不足" not in one.forecast.reason
        if record.kind == TargetKind.CUMULATIVE:
            assert not v.findings, (one.code, v.findings)
        judged += v.state != "no_data"
    assert judged > 60
    # whose value has been set shows one: published, or simulated and marked. Of 120 enterprises none makes spandex,
    # and some zone has none, so that zones are not counted; of the demonstration's 10,000 each zone has some
    bare = {one.code for one in statuses if one.target is not None and one.value is None}
    assert bare <= {"T-05-02", "T-19-02", "T-19-03"}
    assert all(one.simulated for one in statuses if one.code in ("T-00-03", "T-00-11", "T-04-02", "T-14-05"))
    by_code = {one.code: one for one in statuses}
    started = Project.objects.filter(kind__code="challenge", started_on__gte=dt.date(2023, 1, 1), started_on__lte=DAY)
    by_year = [started.filter(started_on__year=year).count() for year in range(2023, 2027)]
    assert by_code["T-07-01"].value == sum(by_year) > max(by_year)
    platforms = by_code["T-08-01"]
    assert (platforms.value, platforms.value_period, platforms.state) == (31.0, "2023", "stale")
    assert platforms.beside.simulated and platforms.beside.time > 2026 and platforms.chance is None
    for one in measure_statuses(plan, statuses, DAY):
        for target in one.targets:
            if target.state in ("off_track", "stale") or (target.state == "at_risk" and one.state != "off_track"):
                assert target.name in one.reason, (one.measure.no, one.reason)
    assert build(plan, statuses, measure_statuses(plan, statuses, DAY), DAY, plan.area)
