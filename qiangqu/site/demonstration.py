"""The demonstration: a pack, its published figures, a simulated twin of its zones, accounts. Repeatable; a second start takes seconds."""

import datetime as dt

from django.core.management import call_command
from django.utils import timezone

from qiangqu.base.packs import Pack, Report
from qiangqu.base.periods import Period, month, parse_period
from qiangqu.domains.environment.alarm_limits import copy_limits
from qiangqu.domains.environment.demonstration import build, devices, extend
from qiangqu.domains.environment.models import Station
from qiangqu.domains.environment.rolling import roll
from qiangqu.domains.office.documents.demonstration import demonstrate as demonstrate_documents
from qiangqu.domains.office.meetings.demonstration import demonstrate as demonstrate_meetings
from qiangqu.formulas.refresh import postponed
from qiangqu.registry.models import Organisation, OrganisationKind, Role, Scale, User
from qiangqu.registry.pack import Account, load_accounts
from qiangqu.simulation.demonstration import simulate
from qiangqu.simulation.models import Demonstration
from qiangqu.site.demonstration_alarms import enact
from qiangqu.site.demonstration_cases import open_cases
from qiangqu.site.demonstration_desks import lay_out
from qiangqu.site.packs import load_pack
from qiangqu.telemetry.alarms.rules import SAMPLES, load_rules
from qiangqu.telemetry.demonstration import demonstrate
from qiangqu.telemetry.health import roll as roll_devices
from qiangqu.telemetry.register import load_factors

DESK_DAYS = 30
KEEP_MINUTES = 10  # between two looks at a running demonstration


def prepare(pack: Pack, report: Report, *, enterprises: int | None = None, months: int = 60) -> list[Account]:
    """Make or complete the demonstration database and return its accounts.

    Raises ConflictError (from the simulation) when the database holds real enterprises: nothing simulated is then written.
    """
    report("建立或升级数据库")
    call_command("migrate", verbosity=0, interactive=False)
    with postponed():
        report("载入数据包")
        load_pack(pack, report)
        report("生成模拟数据（处处标注“模拟数据”）")
        simulate(pack, _last_month(), months=months, enterprises=enterprises, report=report)
        accounts = load_accounts(pack, report)
        _give_enterprise_accounts_an_enterprise()
        load_factors()
        demonstrate(report=report)
        _environment_desk(report)
        report("计算指标")
    report("开办模拟办件")
    _office(pack)
    return accounts


def _environment_desk(report: Report) -> None:
    """Stations, outlets and a month of made-up readings for the zone of the demonstration's enterprise account, with its alarm rules switched on."""
    user = User.objects.filter(role=Role.ENTERPRISE).exclude(area=None).select_related("area").first()
    if user is None or user.area is None:
        return
    today = timezone.localdate()
    if Station.objects.exists():
        extend()
        new = False
    else:
        build(user.area, DESK_DAYS, report=report)
        new = True
    roll(today - dt.timedelta(days=DESK_DAYS), today)
    roll_devices(today - dt.timedelta(days=DESK_DAYS), today, devices=devices())
    if new:
        copy_limits(today)
        load_rules(SAMPLES, user.area, enabled=True)
    report("判断模拟报警")
    enact(user.area)


def keep_alive(now: dt.datetime) -> str:
    """Periodic job of a demonstration that runs: its devices go on reporting. Does nothing in any other database."""
    if not Demonstration.objects.exists() or not Station.objects.exists():
        return ""
    rows = extend(now)
    if now.minute < KEEP_MINUTES:
        rows += demonstrate(now)
    return f"模拟读数 {rows} 个" if rows else ""


def _office(pack: Pack) -> None:
    user = User.objects.filter(role=Role.ENTERPRISE).exclude(area=None).select_related("area").first()
    if user is not None and user.area is not None:
        lay_out(user.area)
        open_cases(pack, user.area)
        demonstrate_documents(user.area)
        demonstrate_meetings(user.area)


def _last_month() -> Period:
    """The twin's last month: the last one that is over, or the one that an earlier start chose (one database holds one twin)."""
    made = Demonstration.objects.first()
    today = timezone.localdate()
    return parse_period(made.until) if made else month(today.year, today.month).previous()


def _give_enterprise_accounts_an_enterprise() -> None:
    """An account that speaks for an enterprise and has none gets the first simulated one above scale in its area."""
    for user in User.objects.filter(role=Role.ENTERPRISE, organisation=None).select_related("area"):
        if user.area is None:
            continue
        user.organisation = (
            Organisation.objects.filter(
                kind=OrganisationKind.ENTERPRISE,
                simulated=True,
                scale=Scale.ABOVE,
                valid_to=None,
                area__path__startswith=user.area.path,
            )
            .order_by("code")
            .first()
        )
        user.save(update_fields=["organisation"])
