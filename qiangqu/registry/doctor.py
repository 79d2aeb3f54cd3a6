"""What a node must have before anybody can work on it, and who keeps it."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error, note

from . import separation
from .models import Area, Post, Role


def beginnings(now: dt.datetime) -> Iterable[Finding]:
    """Whether there are areas, and somebody who administers them."""
    if not Area.objects.exists():
        yield error(_("还没有区域：请载入数据包，如 qiangqu pack load ningxia"))
    elif (
        not separation.is_on()
        and not Post.objects.in_force().filter(role=Role.ADMIN).exists()
        and not all(separation.officers().values())
    ):
        yield error(_("没有一位在任的全权管理员：请执行 qiangqu user create NAME --role admin --area 区域代码"))


def separation_kept(now: dt.datetime) -> Iterable[Finding]:
    """Whether the three offices are separated, and then each of them held and nobody all of them."""
    if not separation.is_on():
        yield note(_("三员分立没有开启，一位全权管理员可以做全部管理；等级保护三级（GB/T 22239-2019 8.1.5）要求分开"))
        return
    for role, posts in separation.officers().items():
        if not posts:
            yield error(
                _("三员分立已开启，但没有在任的%(role)s：请另外两员补上，或执行 qiangqu user create NAME --role %(code)s"),
                role=Role(role).label, code=role,
            )  # fmt: skip
    if left := separation.admins():
        yield error(
            _("三员分立已开启，但还有全权管理员的岗位：%(names)s；请安全管理员结束这些岗位"),
            names="、".join(dict.fromkeys(str(one.user) for one in left)),
        )
