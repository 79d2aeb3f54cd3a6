"""Simulated Modbus TCP devices: one server, a unit for each device, each factor a float32 in two holding
registers (模拟数据).
"""

import asyncio
import random
import struct
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from qiangqu.base.errors import InputError

from .hj212 import Account, Plan, factors_of, names

MAX_DEVICES = 247  # unit numbers (Modbus over serial line V1.02, 2.2)
MAX_FACTORS = 200


def connections_text(plan: Plan) -> str:
    """The gateway's connections file for the devices of a plan; it asks each as often as the plan's rate
    wants.
    """
    every = max(0.05, plan.devices * plan.factors / plan.rate)
    registers = [
        {"address": 2 * at, "kind": "holding", "type": "float32", "factor": code}
        for at, (code, _level) in enumerate(factors_of(plan.factors))
    ]
    devices = [
        {"mn": mn, "host": plan.host, "port": plan.port, "unit": unit, "every": round(every, 3), "registers": registers}
        for unit, mn in enumerate(names(plan), 1)
    ]
    dumper = yaml.SafeDumper
    dumper.ignore_aliases = lambda *_args: True  # type: ignore[assignment,method-assign] # each device is written out in full
    return yaml.dump({"modbus": devices}, Dumper=dumper, allow_unicode=True, sort_keys=False, default_flow_style=None)


def write_connections(plan: Plan, file: Path) -> None:
    """Write :func:`connections_text`; an existing file is not replaced. Raises InputError."""
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(connections_text(plan))
    except FileExistsError as error:
        raise InputError("文件已经存在，请换一个名字", where=file.name) from error


def _words(values: list[float]) -> list[int]:
    return list(struct.unpack(f">{2 * len(values)}H", struct.pack(f">{len(values)}f", *values)))


def _device(unit: int, plan: Plan, account: Account) -> SimDevice:
    chance = random.Random(unit)
    levels = [level for _code, level in factors_of(plan.factors)]
    values = list(levels)

    async def measure(
        _function: int, start: int, address: int, count: int, registers: list[int], set_values: object
    ) -> None:
        """Called before each answer: the registers move on."""
        if set_values is not None:
            return
        for at, level in enumerate(levels):
            values[at] = abs(values[at] + 0.05 * (level - values[at]) + chance.gauss(0, 0.02) * level)
        words = _words(values)
        registers[: len(words)] = words
        account.frames += 1
        account.answered += 1
        account.points_answered += count // 2

    return SimDevice(unit, simdata=[SimData(0, values=_words(levels), datatype=DataType.REGISTERS)], action=measure)


async def run(plan: Plan, account: Account, report: Callable[[Account], None] | None = None) -> None:
    """Answer until the plan's time is over. ``account`` counts requests and the values that were read.

    Raises InputError for too many devices or factors, OSError when the port is taken.
    """
    if plan.devices > MAX_DEVICES or plan.factors > MAX_FACTORS:
        raise InputError(f"Modbus 最多模拟 {MAX_DEVICES} 个设备、每个 {MAX_FACTORS} 个因子", where="--devices")
    devices = [_device(unit, plan, account) for unit in range(1, plan.devices + 1)]
    server = ModbusTcpServer(devices, address=(plan.host, plan.port))
    try:
        await server.serve_forever(background=True)
    except RuntimeError as error:  # what pymodbus makes of a port that is taken
        raise OSError(f"不能监听 {plan.host}:{plan.port}") from error
    end = None if plan.seconds is None else time.monotonic() + plan.seconds
    try:
        while end is None or time.monotonic() < end:
            await asyncio.sleep(1.0 if end is None else max(0.0, min(1.0, end - time.monotonic())))
            if report is not None:
                report(account)
    finally:
        await server.shutdown()
