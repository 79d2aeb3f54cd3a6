"""What a node must have before anybody can work on it."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error

from .models import Area, Post, Role


def beginnings(now: dt.datetime) -> Iterable[Finding]:
    """Whether there are areas, and somebody who administers them."""
    if not Area.objects.exists():
        yield error(_("还没有区域：请载入数据包，如 qiangqu pack load ningxia"))
    elif not Post.objects.in_force().filter(role=Role.ADMIN).exists():
        yield error(_("没有一位在任的系统管理员：请执行 qiangqu user create NAME --role admin --area 区域代码"))
