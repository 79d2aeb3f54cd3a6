"""What can be wrong with the scanning of files."""

import datetime as dt
import shlex
import shutil
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error

from . import scanning


def scanner(now: dt.datetime) -> Iterable[Finding]:
    """Whether the virus scanner that is asked about every file is there."""
    if scanning.is_on() and shutil.which(shlex.split(settings.QIANGQU_VIRUS_SCANNER)[0]) is None:
        yield error(
            _("没有找到病毒扫描程序 %(command)s，所有上传的文件都会被拒收：请安装它，或改正 QIANGQU_VIRUS_SCANNER"),
            command=settings.QIANGQU_VIRUS_SCANNER,
        )
