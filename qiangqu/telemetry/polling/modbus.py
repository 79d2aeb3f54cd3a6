"""Modbus TCP: registers are read every so often, neighbouring ones together.

Modbus Application Protocol Specification V1.1b3: at most 125 registers (6.3, 6.4) or 2000 bits (6.1, 6.2) in one request; registers are big-endian (4.2).
The order of the registers of one value is the maker's choice and stands in the connections file.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from qiangqu.base.errors import InputError

from ..connections import ModbusDevice, Register
from ..gateway.server import Gateway
from ..incoming import Reading, region_of

log = logging.getLogger(__name__)
MAX_REGISTERS, MAX_BITS = 125, 2000
MAX_GAP = 8  # registers that nobody wants are read too when that saves a request
RETRY_FIRST, RETRY_LAST = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """``count`` registers or bits of a kind from ``address``, and what is found there."""

    kind: str
    address: int
    count: int
    registers: tuple[Register, ...]


def requests_of(registers: Sequence[Register]) -> list[Request]:
    """The fewest requests that read all registers without long gaps."""
    made: list[Request] = []
    for register in sorted(registers, key=lambda r: (r.kind, r.address, r.count)):
        last = made[-1] if made else None
        bits = register.kind in ("coil", "discrete")
        if last is not None and last.kind == register.kind:
            end = max(last.address + last.count, register.address + register.count)
            gap = register.address - (last.address + last.count)
            if gap <= MAX_GAP and end - last.address <= (MAX_BITS if bits else MAX_REGISTERS):
                made[-1] = Request(last.kind, last.address, end - last.address, (*last.registers, register))
                continue
        made.append(Request(register.kind, register.address, register.count, (register,)))
    return made


def value_of(register: Register, words: Sequence[int]) -> float:
    """The number in a value's registers (or the one bit). Raises InputError when there are too few."""
    if len(words) < register.count:
        raise InputError("设备返回的寄存器不足", where=str(register.address))
    if register.type == "bit":
        raw: float = float(bool(words[0]))
    else:
        kind = AsyncModbusTcpClient.DATATYPE[register.type.upper()]
        order: Any = register.order
        found = AsyncModbusTcpClient.convert_from_registers(list(words[: register.count]), kind, word_order=order)
        raw = float(found)  # type: ignore[arg-type]
    return raw * register.value.scale + register.value.offset


class ModbusPoller:
    """One device. A device that does not answer is tried again, ever more slowly, up to once a minute."""

    def __init__(self, gateway: Gateway, device: ModbusDevice) -> None:
        self.gateway, self.device = gateway, device
        self.requests = requests_of(device.registers)
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def _run(self) -> None:
        device = self.device
        client = AsyncModbusTcpClient(
            device.host, port=device.port, timeout=min(5.0, max(1.0, device.every)), retries=1, reconnect_delay=0
        )
        wait = RETRY_FIRST
        try:
            while True:
                began = time.monotonic()
                try:
                    if not client.connected and not await client.connect():
                        raise ConnectionError(f"连不上 {device.host}:{device.port}")
                    await self._read(client)
                    wait = RETRY_FIRST
                    pause = max(0.0, device.every - (time.monotonic() - began))
                except (OSError, ModbusException, InputError, TimeoutError) as error:
                    self.gateway.refuse(self.gateway.directory.speaking(device.mn, "modbus"), "no_answer")
                    log.warning("Modbus 设备 %s 未能读取：%s", device.mn, error)
                    client.close()
                    pause, wait = wait, min(RETRY_LAST, wait * 2)
                await asyncio.sleep(pause)
        finally:
            client.close()

    async def _read(self, client: AsyncModbusTcpClient) -> None:
        known = self.gateway.directory.speaking(self.device.mn, "modbus")
        if known is None:
            first = self.device
            self.gateway.note_stranger(first.mn, "modbus", f"modbus {first.host}:{first.port}", f"unit {first.unit}")
            return
        at = time.time_ns() // 1_000_000
        readings = []
        answers: dict[str, list[int]] = {}
        for request in self.requests:
            words = await self._ask(client, request)
            answers[f"{request.kind} {request.address}"] = list(words)
            for register in request.registers:
                start = register.address - request.address
                value = value_of(register, words[start : start + register.count])
                readings.append(Reading(register.value.factor, at, value, register.value.statistic))
        message = f"modbus {self.device.host}:{self.device.port} unit {self.device.unit}", json.dumps(answers).encode()
        await self.gateway.stored(known, region_of(readings), "realtime", f"{self.device.mn}|modbus|{at}", message)

    async def _ask(self, client: AsyncModbusTcpClient, request: Request) -> Sequence[int]:
        ask = {
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
        }[request.kind]
        answer = await ask(request.address, count=request.count, device_id=self.device.unit)
        if answer.isError():
            raise InputError(f"设备拒绝读取 {request.kind} {request.address}（{answer}）")
        found: Any = answer.bits if request.kind in ("coil", "discrete") else answer.registers
        if len(found) < request.count:
            raise InputError(f"设备对 {request.kind} {request.address} 只返回了 {len(found)} 个")
        return [int(one) for one in found[: request.count]]
