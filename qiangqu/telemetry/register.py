"""What people do with devices: adopt unknown ones, ask something of them, load the dictionary of factors."""

import csv
import re
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action, may

from .fire import requests as fire
from .hj212.region import milliseconds
from .jt808 import requests as jt808
from .models import Device, DeviceCommand, Factor, Protocol, UnknownDevice

FACTORS_FILE = Path(__file__).with_name("data") / "factors.csv"  # the dictionary that comes with the program
_FACTOR_COLUMNS = ("code", "code_2005", "name", "medium", "unit")
MAX_FACTORS = 10_000
_INTERVAL = range(1, 36_000)


def adopt(user: Any, mn: str, *, area: str, name: str, organisation: str = "", password: str = "") -> Device:
    """Register a device of the quarantine list in an area of the user's, with ``password``, else with the
    first one that was heard from it.

    Raises NotFoundError for an MN that is not waiting, or an area or organisation that the user does not see;
    InputError for a role that may not; ValidationError for a device of HJ 212 that said none and is given
    none.
    """
    if not may(user, Action.EDIT_REGISTERS):
        raise InputError("您的角色不能认领设备，请联系园区人员或管理员")
    place = visible(Area.objects.all(), user, Action.EDIT_REGISTERS).filter(code=area).first()
    if place is None:
        raise NotFoundError("没有这个区域，或它不在您的管辖范围内", where=area[:24])
    owner = None
    if organisation:
        owner = visible(Organisation.objects.all(), user, Action.EDIT_REGISTERS).filter(code=organisation).first()
        if owner is None:
            raise NotFoundError("没有这个单位，或它不在您的管辖范围内", where=organisation[:60])
    with transaction.atomic():
        unknown = UnknownDevice.objects.filter(mn=mn).first()
        if unknown is None:
            raise NotFoundError("未登记设备清单中没有这个 MN", where=mn[:40])
        if Device.objects.filter(mn=mn).exists():
            raise ConflictError("这个 MN 已经登记，请刷新清单", where=mn)
        device = Device(
            mn=mn,
            name=name,
            # a terminal is heard with its terminal id, and is told its password
            password=password or ("" if unknown.protocol == Protocol.JT808 else unknown.password),
            serial=unknown.password if unknown.protocol == Protocol.JT808 else "",
            system=unknown.system,
            protocol=unknown.protocol,
            area=place,
            organisation=owner,
            valid_from=timezone.localdate(),
        )
        device.full_clean()
        device.save()
        unknown.delete()
        audit.record(
            user,
            "device_adopted",
            object_type="device",
            object_id=device.pk,
            area_path=place.path,
            detail={"mn": mn, **({"contested": unknown.rivals} if unknown.contested else {})},
        )
    return device


def ask(user: Any, mn: str, cn: str, **parameters: str) -> DeviceCommand:
    """Ask something of a device of the user's area; the gateway that the device is connected to sends it.

    1012 (time; the platform's own), 1061, 1062 (``interval`` seconds), 2011, 2012, and 2051, 2061, 2031 with
    ``begin`` and ``end`` as YYYYMMDDhhmmss of China Standard Time. Raises NotFoundError for a device that the
    user does not see, InputError for wrong parameters.
    """
    if not may(user, Action.EDIT_REGISTERS):
        raise InputError("您的角色不能向设备下发命令，请联系园区人员或管理员")
    device = visible(Device.objects.select_related("area"), user, Action.EDIT_REGISTERS).filter(mn=mn).first()
    if device is None:
        raise NotFoundError("没有这个设备，或它不在您的管辖范围内", where=mn[:40])
    if device.protocol == Protocol.HJ212:
        region = request_region(cn, parameters)
    elif device.protocol == Protocol.JT808:
        region = jt808.region_of(cn, parameters)
    elif device.protocol == Protocol.FIRE:
        region = fire.region_of(cn, parameters)
    else:
        raise InputError("只有 HJ 212 设备、JT/T 808 终端和 GB/T 26875 装置可以下发命令", where=mn[:40])
    with transaction.atomic():
        command = DeviceCommand.objects.create(device=device, cn=cn, region=region)
        audit.record(
            user,
            "device_command",
            object_type="device",
            object_id=device.pk,
            area_path=device.area.path,
            detail={"mn": mn, "cn": cn, "region": region},
        )
    return command


def request_region(cn: str, parameters: dict[str, str]) -> str:
    """The data region of a request (HJ 212-2017, 6.6)."""
    if cn in ("1011", "1012", "1061", "2011", "2012"):
        if parameters:
            raise InputError(f"命令 {cn} 没有参数")
        return ""  # the time of 1012 is filled in when it is sent
    if cn == "1062":
        interval = parameters.get("interval", "")
        if not re.fullmatch(r"\d{1,5}", interval) or int(interval) not in _INTERVAL:
            raise InputError("实时数据间隔应为 1 至 35999 秒的整数", where="interval")
        return f"RtdInterval={int(interval)}"
    if cn in ("2051", "2061", "2031"):
        begin, end = parameters.get("begin", ""), parameters.get("end", "")
        first, last = milliseconds(begin.encode()), milliseconds(end.encode())
        if first is None or last is None or last < first:
            raise InputError("起止时间应为 14 位数字 YYYYMMDDhhmmss，且起点不晚于终点", where="begin/end")
        return f"BeginTime={begin},EndTime={end}"
    raise InputError("不支持下发这个命令；可用 1011、1012、1061、1062、2011、2012、2031、2051、2061", where=cn[:4])


def load_factors(path: Path = FACTORS_FILE) -> int:
    """Load the dictionary of factors from CSV (code, code_2005, name, medium, unit); gives how many. All or
    nothing.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [column for column in _FACTOR_COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise InputError(f"缺少列 {'、'.join(missing)}", where=path.name)
        factors: dict[str, Factor] = {}
        for number, row in enumerate(rows, 2):
            if number > MAX_FACTORS:
                raise InputError(f"因子超过 {MAX_FACTORS} 个", where=path.name)
            factor = Factor(**{column: (row[column] or "").strip() for column in _FACTOR_COLUMNS})
            if not re.fullmatch(r"[A-Za-z0-9]{1,20}", factor.code) or not factor.name:
                raise InputError("代码应为字母和数字，名称不能为空", where=f"{path.name} 第{number}行")
            if factor.code in factors:
                raise InputError(f"代码 {factor.code} 重复", where=f"{path.name} 第{number}行")
            factors[factor.code] = factor
    Factor.objects.bulk_create(
        factors.values(),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["code_2005", "name", "medium", "unit"],
    )
    return len(factors)


def register_simulated(mns: list[str], password: str, area: str, protocol: str = Protocol.HJ212) -> int:
    """Register made-up devices in an area, marked as simulated; gives how many were new. Raises NotFoundError
    for an unknown area, ConflictError when one of the MN belongs to a real device."""
    if protocol == Protocol.HJ212 and not password:
        raise InputError("HJ 212 设备要有访问密码")
    place = Area.objects.filter(code=area).first()
    if place is None:
        raise NotFoundError("没有这个区域", where=area[:24])
    known = dict(Device.objects.filter(mn__in=mns).values_list("mn", "simulated"))
    if not all(known.values()):
        raise ConflictError("模拟设备的 MN 与真实设备相同，不能登记", where=next(mn for mn in known if not known[mn]))
    fresh = [
        Device(
            mn=mn,
            name=f"模拟设备 {mn[-4:]}",
            password=password,
            protocol=protocol,
            area=place,
            valid_from=timezone.localdate(),
            simulated=True,
        )
        for mn in mns
        if mn not in known
    ]
    bulk_create_with_history(fresh, Device, batch_size=500)
    return len(fresh)
