"""What ``qiangqu worker`` does for cases; each job may be done twice without harm."""

import datetime as dt

from .timers import refresh_lights, work_off_due_timers


def timers(now: dt.datetime) -> str:
    worked = work_off_due_timers(now)
    return f"处理 {worked.done} 个，未能处理 {worked.failed} 个" if worked.done or worked.failed else ""


def lights(now: dt.datetime) -> str:
    changed = refresh_lights(now)
    return f"{changed} 件变色" if changed else ""
