"""Safety work of a demonstration: check-lists, hazards in every state, risk points, a major hazard source with its stock,
work permits of which one was suspended by a gas alarm, who supervises what; all marked 模拟数据.
"""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw

from qiangqu.domains.safety import hazards, permits, stocks
from qiangqu.domains.safety.models.chemicals import Chemical, HazardUnit
from qiangqu.domains.safety.models.duties import Duty
from qiangqu.domains.safety.models.hazards import CheckItem, CheckList, Hazard
from qiangqu.domains.safety.models.permits import GasDetector, WorkPermit
from qiangqu.domains.safety.models.risks import RiskPoint, RiskScheme
from qiangqu.domains.safety.terms import DutyKind, Found, HazardGrade, StepKind
from qiangqu.records.checking import CheckedFile, checked
from qiangqu.registry.models import Area, Organisation, OrganisationKind, Post, Role, User
from qiangqu.telemetry.models import Alarm, AlarmRule, Device, Point
from qiangqu.telemetry.signals import alarms_raised

BORN = dt.date(2024, 1, 1)
COMMON: dict[str, Any] = {"valid_from": BORN, "simulated": True}
CLAUSE = "（模拟）示例条款，未对应正式标准"
LISTS = (
    ("SIM-JCB-0", "（模拟）通用检查表", "", (
        ("安全出口和疏散通道畅通", "general"), ("灭火器在有效期内、压力正常", "general"), ("特种作业人员持证上岗", "general"),
        ("配电箱门完好、接地可靠", "general"), ("安全生产责任制已签订", "general"),
    )),
    ("SIM-JCB-26", "（模拟）化工企业检查表", "25,26", (
        ("可燃、有毒气体报警器在用且在检定期内", "general"), ("安全阀、压力表在检定期内", "general"), ("储罐高低液位联锁投用", "major"),
        ("动火、受限空间作业票证齐全", "general"), ("重大危险源监控数据不间断", "major"),
    )),
    ("SIM-JCB-3", "（模拟）冶金建材检查表", "30,31,32,33", (
        ("粉尘除尘系统泄爆口未被遮挡", "major"), ("煤气区域设置报警和通风", "major"), ("吊运熔融金属行车双制动", "major"),
    )),
)  # fmt: skip
POINTS = (
    ("液氨储罐区", 3, 6, 40, 7, "液位、压力联锁，双人巡检"), ("反应釜", 3, 6, 15, 1, "温度联锁，DCS 监控"), ("变电所", 1, 6, 15, 7, "门禁，绝缘检测"),
    ("装卸车台", 3, 3, 15, 3, "静电接地，专人监护"), ("污水池", 1, 3, 15, 14, "上锁，警示标志"), ("空压站", 1, 6, 7, 30, "安全阀定检"),
)  # fmt: skip
TOLD = (
    ("安全阀铭牌缺失，未见校验记录", HazardGrade.GENERAL, -6), ("配电箱接地线脱落", HazardGrade.GENERAL, 4),
    ("液位联锁被旁路", HazardGrade.MAJOR, 12), ("灭火器过期两具", HazardGrade.GENERAL, -12), ("疏散通道堆放物料", HazardGrade.GENERAL, 8),
    ("灭火器过期两具", HazardGrade.GENERAL, 10), ("防护栏杆松动", HazardGrade.GENERAL, 15),
)  # fmt: skip


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Everything of safety besides draws, unless there is some."""
    if CheckList.objects.exists():
        return
    firms = Organisation.objects.filter(
        area__path__startswith=zone.path, kind=OrganisationKind.ENTERPRISE, simulated=True
    )
    staff = User.objects.posted(role=Role.ZONE, area=zone).order_by("pk").first()
    spoken = User.objects.posted(role=Role.ENTERPRISE, organisation__in=firms).order_by("pk").first()
    found = list(firms.order_by("code")[:6])
    if staff is None or spoken is None or len(found) < 2:
        return
    own = firms.filter(posts__user=spoken).first() or found[0]
    check_lists()
    RiskScheme.objects.create(
        code="SIM-FJ",
        area=zone,
        method="lec",
        red_from=320,
        orange_from=160,
        yellow_from=70,
        document="（模拟）园区风险分级办法",
        **COMMON,
    )
    for n, firm in enumerate([own, *[one for one in found if one != own]]):
        _points(firm, n)
        _hazards(firm, spoken if firm == own else staff, staff, own == firm)
    _source(own, zone, spoken)
    _duties(zone)
    _permits(own, staff, spoken, zone)
    report(
        f"模拟隐患 {Hazard.objects.count()} 条，风险点 {RiskPoint.objects.count()} 个，作业票 {WorkPermit.objects.count()} 张"
    )


def check_lists() -> None:
    """The check-lists; the clauses are no real ones, and say so."""
    for code, name, industry, items in LISTS:
        made = CheckList.objects.create(code=code, name=name, industry=industry, **COMMON)
        for place, (text, grade) in enumerate(items, 1):
            CheckItem.objects.create(
                code=f"{code}-{place:02d}", checklist=made, place=place, text=text, source=CLAUSE, grade=grade, **COMMON
            )


def picture(text: str, colour: str) -> CheckedFile:
    """A picture that says that it is none of a real place."""
    made = Image.new("RGB", (320, 200), colour)
    ImageDraw.Draw(made).text((16, 90), f"SIMULATED  {text}", fill="white")
    data = io.BytesIO()
    made.save(data, "JPEG")
    return checked(f"模拟照片-{text}.jpg", data.getvalue())


def _place(firm: Organisation, n: int) -> dict[str, float]:
    if firm.area.lon is None or firm.area.lat is None:
        return {}
    step = (firm.pk * 7 + n * 3) % 11
    return {"lon": round(firm.area.lon + (step - 5) / 400, 5), "lat": round(firm.area.lat + (n - 3) / 500, 5)}


def _points(firm: Organisation, at: int) -> None:
    for n, (name, likelihood, exposure, consequence, days, controls) in enumerate(POINTS[: 6 - at % 3]):
        point = RiskPoint.objects.create(
            code=f"SIM-FX-{firm.pk}-{n + 1}", name=f"（模拟）{name}", organisation=firm, place=name, likelihood=likelihood, exposure=exposure,
            consequence=consequence, controls=controls, responsible="（模拟）班组长", check_days=days, check_basis="（模拟）企业制度",
            **_place(firm, n), **COMMON,
        )  # fmt: skip
        # every third one is some days late
        ago = days + 2 if n % 3 == 1 else min(n, days - 1)
        when = timezone.now() - dt.timedelta(days=ago)
        point.checks.create(at=when, by=None, works=True, note="（模拟）正常", simulated=True)


def _hazards(firm: Organisation, worker: User, staff: User, own: bool) -> None:
    """Hazards in every state; of other enterprises than the user's own two each."""
    today = timezone.localdate()
    for n, (title, grade, days) in enumerate(TOLD if own else TOLD[:2]):
        due = today + dt.timedelta(days=days)
        one = hazards.report(
            Hazard(
                organisation=firm, title=f"（模拟）{title}", place=POINTS[n % len(POINTS)][0], grade=grade, due_on=due, simulated=True,
                found=Found.INSPECTION if n % 2 == 0 else Found.SELF_CHECK, found_at=timezone.now() - dt.timedelta(days=20 - n),
                **_place(firm, n),
            ),
            staff,
            [picture(f"before-{n}", "#7a4a2a")],
        )  # fmt: skip
        hazards.plan(one, staff, "（模拟）张某", "（模拟）更换并复验", "（模拟）有复验记录，安全科验收", due, "0.5")
        if n in (1, 4):
            hazards.rectify(one, worker, "（模拟）已整改", [picture(f"after-{n}", "#2a6a3a")])
        if n == 4 and own:
            hazards.recheck(one, staff, True, "（模拟）现场核实，同意销号")


def _source(firm: Organisation, zone: Area, user: User) -> None:
    for code, name, listed, symbol, cas in (
        ("SIM-NH3", "（模拟）液氨", 1, "", "7664-41-7"), ("SIM-MEOH", "（模拟）甲醇", 65, "W5.3", "67-56-1"),
    ):  # fmt: skip
        Chemical.objects.create(code=code, name=name, listed=listed, hazard_class=symbol, cas=cas, **COMMON)
    unit = HazardUnit.objects.create(
        code=f"SIM-DY-{firm.pk}", name="（模拟）氨罐区", organisation=firm, area=zone, kind="storage", exposed=45, registered_level="三级",
        **_place(firm, 1), **COMMON,
    )  # fmt: skip
    today = timezone.localdate()
    for days, ammonia, methanol in ((60, "48", "300"), (30, "62", "420"), (7, "35", "560"), (1, "71", "510")):
        on = today - dt.timedelta(days=days)
        stocks.stock(unit, user, "SIM-NH3", ammonia, "120", on)
        stocks.stock(unit, user, "SIM-MEOH", methanol, "800", on)


def _duties(zone: Area) -> None:
    departments = Organisation.objects.filter(area__code__in=zone.path.strip("/").split("/"))
    departments = departments.exclude(kind=OrganisationKind.ENTERPRISE).order_by("code")
    fitting = [
        departments.filter(name__contains=word).first() for word in ("工业和信息化", "应急管理", "发展和改革", "管委会")
    ]
    units = [one for one in fitting if one is not None] or list(departments[:2])
    if not units:
        return
    lines: list[tuple[str, str, bool, str, Organisation | None]] = []
    for trade, title in (
        ("25", "石油煤炭加工业"),
        ("26", "化学原料和化学制品制造业"),
        ("31", "黑色金属冶炼和压延加工业"),
        ("38", "电气机械制造业"),
    ):
        lines += [(trade, title, False, kind, units[n % len(units)]) for n, kind in enumerate(DutyKind.values)]
    lines[1:2] = []  # a gap
    lines.append(("26", "化学原料和化学制品制造业", False, "trade", units[-1]))  # an overlap
    lines += [
        ("电池回收", "动力电池回收", True, "trade", units[0]),
        ("密室逃脱", "剧本杀、密室逃脱", True, "trade", None),
    ]
    for n, (trade, title, new, kind, unit) in enumerate(lines, 1):
        Duty.objects.create(
            code=f"SIM-ZR-{n:02d}", area=zone, trade=trade, title=title, new_trade=new, kind=kind, supervisor=unit,
            document="（模拟）安全生产职责分工", **COMMON,
        )  # fmt: skip


def _permits(firm: Organisation, staff: User, spoken: User, zone: Area) -> None:
    """Four kinds: one applied for, one under way, one stopped by a gas alarm, one closed."""
    others = []
    for n, name in enumerate(("（模拟）监护人", "（模拟）安全科长", "（模拟）监护人二"), 1):
        user = User(username=f"sim-safety-{n}", display_name=name)
        user.set_unusable_password()
        user.save()
        Post.objects.create(user=user, role=Role.ENTERPRISE, organisation=firm)
        others.append(user)
    now = timezone.now()
    spot = _place(firm, 0)
    applied = _permit(
        firm, spoken, others[0], "hot_work", "特级", "（模拟）罐区管廊焊接", "罐区", now + dt.timedelta(hours=2), spot
    )
    _tick(applied, spoken)
    height = _permit(
        firm,
        spoken,
        others[0],
        "height",
        "Ⅱ级",
        "（模拟）塔器平台检修",
        "精馏塔",
        now,
        spot | ({"lat": spot["lat"] + 0.004} if spot else {}),
    )
    _through(height, [spoken, others[0], others[1], staff])
    hot = _permit(
        firm,
        spoken,
        others[2],
        "hot_work",
        "特级",
        "（模拟）冷却水管更换",
        "循环水站",
        now,
        spot | ({"lat": spot["lat"] - 0.004} if spot else {}),
    )
    _through(hot, [spoken, others[2], others[1], staff])
    _alarm(hot, firm, zone)
    done = _permit(
        firm,
        spoken,
        others[2],
        "excavation",
        "不分级",
        "（模拟）电缆沟开挖",
        "厂区东路",
        now + dt.timedelta(days=3),
        spot,
    )
    permits.cancel(done, spoken, "（模拟）改到下月")


def _permit(
    firm: Organisation, user: User, guardian: User, kind: str, level: str, work: str, place: str, begins: dt.datetime, spot: dict[str, float]
) -> WorkPermit:  # fmt: skip
    return permits.apply_for(
        WorkPermit(
            organisation=firm, kind=kind, level=level, work=work, place=place, workers="（模拟）作业人甲、乙", guardian=guardian,
            planned_from=begins, planned_to=begins + dt.timedelta(hours=8), simulated=True, **spot,
        ),
        user,
        upgraded=True,
    )  # fmt: skip


def _tick(permit: WorkPermit, user: User) -> None:
    for step in permit.steps.exclude(kind=StepKind.SIGN):
        permits.tick(permit, user, step.pk, "（模拟）")


def _through(permit: WorkPermit, signers: list[User]) -> None:
    """Ticked, analysed, signed and begun."""
    _tick(permit, signers[0])
    for gas in permits.kind_rules(permit.kind)["gases"]:
        permits.analyse(permit, signers[0], gas, "0.05", "%", "（模拟）作业点", "（模拟）分析员", "SIM-01", lel="5")
    for step, user in zip(permit.steps.filter(kind=StepKind.SIGN).order_by("place"), signers, strict=True):
        permits.sign(permit, user, step.pk)
    permits.start(permit, signers[0])


def _alarm(permit: WorkPermit, firm: Organisation, zone: Area) -> None:
    """A gas alarm beside a permit, over by now: work goes on after a new analysis."""
    device = Device.objects.create(
        mn="SIM-GAS-01", name="（模拟）可燃气体探测器", protocol="mqtt", area=zone, organisation=firm, enabled=False, lon=permit.lon,
        lat=permit.lat, **COMMON,
    )  # fmt: skip
    GasDetector.objects.create(device=device, gas="可燃气体", radius=50, **COMMON)
    rule = AlarmRule.objects.create(
        code="SIM-GAS",
        name="（模拟）可燃气体超标",
        area=zone,
        condition="value > 20",
        devices=device.mn,
        severity=1,
        enabled=False,
        **COMMON,
    )
    point = Point.objects.create(device=device, factor_code="gas", interval="realtime", statistic="Rtd", unit="%LEL")
    now = timezone.now()
    alarm = Alarm.objects.create(
        rule=rule, key=f"d{device.pk}", area=zone, organisation=firm, device=device, point=point, severity=1, condition=rule.condition,
        value=35, began_at=now, raised_at=now, points_total=1, simulated=True,
    )  # fmt: skip
    alarms_raised.send_robust(sender=Alarm, alarms=[alarm])
    alarm.state, alarm.cleared_at = "cleared", now
    alarm.save()
