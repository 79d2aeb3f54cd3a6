"""What ``qiangqu worker`` does for the pages; it may be done twice without harm."""

import datetime as dt

from .registers.imports import WORK


def take_up_imports(_now: dt.datetime) -> str:
    """Imports into registers whose process was stopped go on."""
    count = WORK.take_up()
    return f"{count} 个导入任务" if count else ""
