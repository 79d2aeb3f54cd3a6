"""Modbus TCP: registers are read every so often, neighbouring ones together.

Modbus Application Protocol Specification V1.1b3: at most 125 registers (6.3, 6.4) or 2000 bits (6.1, 6.2) in
one request; registers are big-endian (4.2). The order of the registers of one value is the maker's choice and
stands in the connections file.

An exception answer (7) says that something in the request cannot be read, not what: a joined request is taken
apart by halves until the registers at fault stand alone. Those are named, counted and left alone for a while,
longer each time; the parts that were answered stay apart, so that nothing between them that nobody wants is
asked for again. Once in an hour everything is joined and learned anew.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from qiangqu.base.errors import InputError

from ..connections import ModbusDevice, Register
from ..gateway.core import Gateway
from ..gateway.directory import Known
from ..incoming import Reading, readings_of
from ..refused_items import Items

log = logging.getLogger(__name__)
MAX_REGISTERS, MAX_BITS = 125, 2000
MAX_GAP = 8  # registers that nobody wants are read too when that saves a request
RETRY_FIRST, RETRY_LAST = 1.0, 60.0
REST_FIRST, REST_LAST = 60.0, 3600.0  # seconds that a refused register is left alone
RELEARN = 3600.0  # seconds after which requests that were taken apart are joined again
MAX_ASKED = 200  # further requests in one poll to find what is refused; the rest is found in the next
MAX_PROBED = 20  # of those, before the device itself was heard: each may cost the gateway's patience
NO_ADDRESS = 2  # exception codes (7): illegal data address
BUSY = (5, 6)  # acknowledge, server device busy: passes by itself
UNREACHED = (10, 11)  # of a gateway before the device (10, 11): it did not hear from the device itself
SHORT = 0  # our own: fewer values than were asked for
EXCEPTIONS = {
    SHORT: "返回的寄存器不足",
    1: "异常码 1：不支持的功能",
    2: "异常码 2：没有这个地址",
    3: "异常码 3：数量不对",
    4: "异常码 4：设备故障",
    5: "异常码 5：稍后再问",
    6: "异常码 6：设备忙",
    10: "异常码 10：网关没有通路",
    11: "异常码 11：网关后的设备无应答",
}


@dataclass(frozen=True, slots=True)
class Request:
    """``count`` registers or bits of a kind from ``address``, and what is found there."""

    kind: str
    address: int
    count: int
    registers: tuple[Register, ...]

    def halves(self) -> "list[Request]":
        """Two requests for a part of the registers each."""
        middle = len(self.registers) // 2
        return [_around(self.registers[:middle]), _around(self.registers[middle:])]


class Refused(Exception):
    """The device refuses a request with an exception answer of this code (or :data:`SHORT`)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _around(registers: Sequence[Register]) -> Request:
    first = min(register.address for register in registers)
    end = max(register.address + register.count for register in registers)
    return Request(registers[0].kind, first, end - first, tuple(registers))


def item_of(register: Register) -> str:
    """How a register is named to people: as it stands in the connections file."""
    return f"{register.kind} {register.address}"


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


@dataclass(slots=True)
class _Resting:
    """A register that is not asked for until ``until`` (monotonic seconds); after another refusal it rests
    for twice ``wait``.
    """

    until: float
    wait: float


class _Answers:
    """What a poll brought: words by request, and whether the device itself spoke."""

    def __init__(self) -> None:
        self.words: list[tuple[Request, list[int]]] = []
        self.refused: list[tuple[Register, int]] = []  # and the exception code
        self.spoke = False
        self.asked = 0


class ModbusPoller:
    """One device. A device that does not answer is tried again, ever more slowly, up to once a minute."""

    def __init__(self, gateway: Gateway, device: ModbusDevice) -> None:
        self.gateway, self.device = gateway, device
        self.items = Items(gateway, device.mn, "modbus")
        self.requests = requests_of(device.registers)
        self.resting: dict[Register, _Resting] = {}
        self._whole = True  # the requests are joined as far as they can be
        self._learned = time.monotonic()
        self._busy: set[Register] = set()  # refused in the last poll by what should have passed since
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
        """One poll: what was answered is stored, also when the device falls silent in the middle."""
        known = self.gateway.directory.speaking(self.device.mn, "modbus")
        if known is None:
            first = self.device
            self.gateway.note_stranger(first.mn, "modbus", f"modbus {first.host}:{first.port}", f"unit {first.unit}")
            return
        at = time.time_ns() // 1_000_000
        answers = _Answers()
        before = self.requests, dict(self.resting)
        try:
            await self._ask_all(client, answers)
        except (OSError, ModbusException, TimeoutError):
            if answers.spoke:
                await self._store(known, at, answers)
            raise
        if answers.spoke:
            await self._store(known, at, answers)
        elif answers.asked:  # nothing was heard of the device, so nothing was learnt of its registers
            self.requests, self.resting = before
            raise InputError("前置网关说设备无应答")

    async def _store(self, known: Known, at: int, answers: _Answers) -> None:
        for register, code in answers.refused:
            why = "no_item" if code == NO_ADDRESS else "item_refused"
            self.items.refuse(item_of(register), why, EXCEPTIONS.get(code, f"异常码 {code}"))
        readings = []
        told: dict[str, list[int]] = {}
        for request, words in answers.words:
            told[f"{request.kind} {request.address}"] = words
            for register in request.registers:
                start = register.address - request.address
                value = value_of(register, words[start : start + register.count])
                if isfinite(value):
                    readings.append(Reading(register.value.factor, at, value, register.value.statistic))
                    self.items.took(item_of(register))
                else:  # many meters write NaN into a float that has no value
                    self.items.refuse(item_of(register), "bad_value", str(value))
        message = f"modbus {self.device.host}:{self.device.port} unit {self.device.unit}", json.dumps(told).encode()
        await self.gateway.stored(known, readings_of(readings), "realtime", f"{self.device.mn}|modbus|{at}", message)

    async def _ask_all(self, client: AsyncModbusTcpClient, answers: _Answers) -> None:
        now = time.monotonic()
        if not self._whole and now - self._learned > RELEARN:
            self._learned, self._whole = now, True
            self.requests = requests_of([r for r in self.device.registers if r not in self.resting])
        due = [register for register, rest in self.resting.items() if rest.until <= now]
        waiting = [*self.requests, *(_around([register]) for register in due)]
        waiting.reverse()
        planned, busy = len(waiting), self._busy
        self._busy = set()
        asked: list[Request] = []  # those that were answered, and those of which it is not known yet
        while waiting:
            request = waiting.pop()
            if request.registers[0] not in self.resting:
                asked.append(request)
            try:
                words = await self._ask(client, request, answers)
            except Refused as refused:
                most = planned + (MAX_ASKED if answers.spoke else MAX_PROBED)
                waiting += self._refused(request, refused.code, asked, busy, answers, answers.asked < most)
                continue
            except (OSError, ModbusException, TimeoutError):
                self.requests = asked + [r for r in reversed(waiting) if r.registers[0] not in self.resting]
                raise
            answers.words.append((request, words))
            for register in request.registers:
                if self.resting.pop(register, None) is not None:
                    asked.append(request)
        self.requests = asked

    def _refused(
        self,
        request: Request,
        code: int,
        asked: list[Request],
        busy: set[Register],
        answers: _Answers,
        more: bool,
    ) -> list[Request]:
        """Note a refusal: the parts to ask instead, or nothing when it is known which register is meant (or
        no more may be asked now).
        """
        passing = code in BUSY and not busy.intersection(request.registers)
        if code in BUSY:
            self._busy.update(request.registers)
        if len(request.registers) > 1 and not passing and more:
            asked.remove(request)
            self._whole = False
            parts = request.halves()
            parts.reverse()
            return parts
        answers.refused += [(register, code) for register in request.registers]
        if len(request.registers) > 1 or passing:
            return []
        register = request.registers[0]
        rest = self.resting.get(register)
        wait = min(REST_LAST, rest.wait * 2) if rest else REST_FIRST
        self.resting[register] = _Resting(time.monotonic() + wait, wait)
        if rest is None:
            asked.remove(request)
        return []

    async def _ask(self, client: AsyncModbusTcpClient, request: Request, answers: _Answers) -> list[int]:
        """The words (or bits) of a request. Raises Refused, ModbusException when there is no answer."""
        ask = {
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
        }[request.kind]
        answers.asked += 1
        answer = await ask(request.address, count=request.count, device_id=self.device.unit)
        if answer.isError():
            answers.spoke |= answer.exception_code not in UNREACHED
            raise Refused(answer.exception_code)
        answers.spoke = True
        found: Any = answer.bits if request.kind in ("coil", "discrete") else answer.registers
        if len(found) < request.count:
            raise Refused(SHORT)
        return [int(one) for one in found[: request.count]]
