"""What can be wrong with the lake: files that its catalogue lists and that are not there as written."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error

from .models import RECORDS, Segment


def files(now: dt.datetime) -> Iterable[Finding]:
    """Whether each listed file is there in its size; their contents are read by ``qiangqu lake check``."""
    lost: list[str] = []
    copies: list[str] = []
    for segment in Segment.objects.live().only("file", "size", "dataset").iterator():
        try:
            whole = segment.path.stat().st_size == segment.size
        except OSError:
            whole = False
        if not whole:
            (lost if segment.dataset in RECORDS else copies).append(segment.file)
    if lost:
        yield error(
            _("有 %(count)s 个事实或遥测数据文件不见了或不完整（如 %(first)s）：请从备份恢复到 %(folder)s"),
            count=len(lost), first=lost[0], folder=settings.LAKE_DIR,
        )  # fmt: skip
    if copies:
        yield error(
            _("有 %(count)s 个列存文件不见了或不完整（如 %(first)s）：请执行 qiangqu lake rebuild"),
            count=len(copies), first=copies[0],
        )  # fmt: skip
