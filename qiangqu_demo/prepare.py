"""The demonstration: a pack, its published figures, a simulated twin of its zones, accounts. Repeatable; a
second start takes seconds.
"""

import datetime as dt
from dataclasses import replace

from django.core.management import call_command
from django.utils import timezone

from qiangqu.base.packs import Pack, Report
from qiangqu.base.part import parts
from qiangqu.base.periods import Period, month, parse_period
from qiangqu.formulas.refresh import postponed
from qiangqu.registry.models import Area, Organisation, OrganisationKind, Post, Role, Scale, User
from qiangqu.registry.pack import Account, described, load_accounts
from qiangqu.site.packs import load_pack
from qiangqu_demo.cases import play
from qiangqu_demo.simulation.demonstration import simulate
from qiangqu_demo.simulation.models import Demonstration


def prepare(pack: Pack, report: Report, *, enterprises: int | None = None, months: int = 60) -> list[Account]:
    """Make or complete the demonstration database and return its accounts.

    Raises ConflictError (from the simulation) when the database holds real enterprises: nothing simulated is
    then written.
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
        accounts = [replace(one, description=described(User.objects.get(username=one.username))) for one in accounts]
        zone = _zone()
        for part in parts():
            if part.demonstration.fill:
                part.reference(part.demonstration.fill)(zone, report)
        report("计算指标")
    report("开办模拟办件")
    if zone is not None:
        play(pack, zone)
    for part in parts():
        if part.demonstration.enact and zone is not None:
            part.reference(part.demonstration.enact)(zone, report)
    return accounts


def keep_alive(now: dt.datetime) -> str:
    """Periodic job of a demonstration that runs: its devices go on reporting. Does nothing in any other
    database.
    """
    if not Demonstration.objects.exists():
        return ""
    rows = sum(part.reference(part.demonstration.live)(now) for part in parts() if part.demonstration.live)
    return f"模拟读数 {rows} 个" if rows else ""


def _zone() -> Area | None:
    """Where the demonstration plays: the zone of its enterprise account."""
    user = _enterprise_account()
    return user.area if user is not None else None


def _last_month() -> Period:
    """The twin's last month: the last one that is over, or the one that an earlier start chose (one database
    holds one twin).
    """
    made = Demonstration.objects.first()
    today = timezone.localdate()
    return parse_period(made.until) if made else month(today.year, today.month).previous()


def _enterprise_account() -> User | None:
    """The demonstration's account that speaks for an enterprise."""
    return User.objects.posted(role=Role.ENTERPRISE).with_posts().order_by("pk").first()


def _give_enterprise_accounts_an_enterprise() -> None:
    """An account that speaks for an enterprise and has none gets the first simulated one above scale in its
    area.
    """
    for post in Post.objects.filter(role=Role.ENTERPRISE, organisation=None).select_related("area", "user"):
        if post.area is None:
            continue
        found = Organisation.objects.filter(
            kind=OrganisationKind.ENTERPRISE,
            simulated=True,
            scale=Scale.ABOVE,
            valid_to=None,
            area__path__startswith=post.area.path,
        )
        post.organisation = found.order_by("code").first()
        post.save()
