"""What an application unit says (chapter 7 and 8.3): states and values as series, and words for people.

A fire must not be lost to a clock: a time that is impossible is that of receipt, one of a device whose clock is off is
corrected by how far it is off, and none lies ahead.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from struct import Struct

from ..gateway.readings import Readings
from ..incoming import Reading, readings_of
from . import factors
from .codes import (
    ANALOGUES,
    DEVICE_BITS,
    DEVICE_FAULTS,
    DEVICE_OPERATIONS,
    FIRE,
    GUARD,
    NORMAL,
    OPERATIONS,
    PART_BITS,
    PART_FAULTS,
    PARTS,
    RESET,
    SHIELD,
    SYSTEM_BITS,
    SYSTEM_FAULTS,
    SYSTEMS,
    Kind,
    Quirk,
    named,
)
from .packet import milliseconds

SYSTEM, PART, ANALOGUE = Struct("<BBH"), Struct("<BBBHHH31s"), Struct("<BBBHHBh")
OPERATION, PART_SETUP = Struct("<BBBB"), Struct("<BBBHH31s")
STEADY = 30_000  # ms that a clock may be off, the way of the packet included, before it is corrected
MOST_WORDS = 4000
#: bytes of an object, and whether a time follows it
SIZES = {
    Kind.SYSTEM: (SYSTEM.size, True),
    Kind.PART: (PART.size, True),
    Kind.ANALOGUE: (ANALOGUE.size, True),
    Kind.OPERATION: (OPERATION.size, True),
    Kind.SYSTEM_VERSION: (4, False),
    Kind.PART_SETUP: (PART_SETUP.size, False),
    Kind.SYSTEM_TIME: (2, True),
    Kind.DEVICE: (1, True),
    Kind.DEVICE_OPERATION: (2, True),
    Kind.DEVICE_VERSION: (2, False),
    Kind.DEVICE_TIME: (0, True),
}


@dataclass(slots=True)
class Said:
    """What a unit says. ``readings`` None: words only; ``words`` empty: it cannot be read; ``guard``: it answers the
    guard call."""

    kind: int
    words: list[str] = field(default_factory=list)
    given: list[Reading] = field(default_factory=list)
    quirks: set[str] = field(default_factory=set)
    guard: bool = False

    @property
    def interval(self) -> str:
        return "realtime" if self.kind == Kind.ANALOGUE else "state"

    @property
    def readings(self) -> Readings | None:
        if not self.given:
            return None
        found = readings_of(self.given)
        found.quirks = self.quirks
        return found

    @property
    def text(self) -> str:
        return "；".join(self.words)[:MOST_WORDS]


def read(unit: bytes, sent: bytes, now: int, parts_of: Callable[[str], Iterable[str]] = lambda _place: ()) -> Said:
    """``sent``: the packet's time; ``now``: ms UTC; ``parts_of`` gives the places of the parts of a system that have
    said whether they see a fire: a reset ends their fires."""
    if len(unit) < 2:
        return Said(unit[0] if unit else 0)
    said = Said(unit[0])
    kind, count = unit[0], unit[1]
    size = SIZES.get(kind)  # type: ignore[call-overload]
    if kind in (Kind.SYSTEM_SETUP, Kind.DEVICE_SETUP):
        _setups(said, unit, count)
    elif size is None:
        said.quirks.add(Quirk.UNKNOWN_TYPE)
        said.words.append(f"类型 {kind}：{unit[1:].hex(' ')}")
    else:
        step = size[0] + (6 if size[1] else 0)
        if len(unit) != 2 + count * step:
            said.quirks.add(Quirk.UNIT_LENGTH)
        used: set[tuple[str, str, int]] = set()
        for begin in range(2, min(2 + count * step, len(unit) - step + 1), step):
            body, tag = unit[begin : begin + size[0]], unit[begin + size[0] : begin + step]
            at = _moment(said, tag, sent, now) if size[1] else now
            for factor, value, where in _object(said, body, tag, parts_of):
                moment = at
                while (factor, where, moment) in used:  # twice in one second: the later one counts
                    moment += 1
                used.add((factor, where, moment))
                said.given.append(Reading(factor, moment, value, where))
    return said


def _moment(said: Said, tag: bytes, sent: bytes, now: int) -> int:
    at, clock = milliseconds(tag), milliseconds(sent)
    if at is None or clock is None:
        said.quirks.add(Quirk.NO_TIME)
        return now
    if abs(now - clock) > STEADY:
        said.quirks.add(Quirk.CLOCK_OFF)
        at += now - clock
    return min(at, now)


def _system(kind: int, address: int) -> str:
    return f"{SYSTEMS.get(kind, f'系统类型 {kind}')} {address}"


def _part(kind: int, zone: int, number: int) -> str:
    return f"{PARTS.get(kind, f'部件类型 {kind}')} {zone}区{number}号"


def _text(raw: bytes) -> str:
    return raw.decode("gb18030", "replace").replace("\0", "").strip()


def _state(word: int, faults: int, where: str, bits: tuple[str, ...]) -> tuple[list[tuple[str, float, str]], str]:
    """The series of a state, and what it is called."""
    found = [
        (factors.STATE, float(word), where),
        (factors.FIRE, float(word >> FIRE & 1), where),
        (factors.FAULT, float(bool(word & faults)), where),
    ]
    if bits is not DEVICE_BITS:
        found.append((factors.SHIELD, float(word >> SHIELD & 1), where))
    normal = "正常" if word >> NORMAL & 1 else "测试"
    return found, named(bits, word, 1) or normal


def _object(
    said: Said, body: bytes, tag: bytes, parts_of: Callable[[str], Iterable[str]]
) -> list[tuple[str, float, str]]:
    """The series of one object; says in words what it is."""
    found: list[tuple[str, float, str]] = []
    match said.kind:
        case Kind.SYSTEM:
            system, address, word = SYSTEM.unpack(body)
            found, told = _state(word, SYSTEM_FAULTS, factors.place(system, address), SYSTEM_BITS)
            said.words.append(f"{_system(system, address)}：{told}")
        case Kind.PART:
            system, address, kind, zone, number, word, raw = PART.unpack(body)
            found, told = _state(word, PART_FAULTS, factors.place(system, address, zone, number), PART_BITS)
            said.words.append(f"{_system(system, address)} {_part(kind, zone, number)} {_text(raw)}：{told}")
        case Kind.ANALOGUE:
            system, address, kind, zone, number, code, steps = ANALOGUE.unpack(body)
            name, unit, step = ANALOGUES.get(code, (f"模拟量类型 {code}", "", 1.0))
            where = f"{_system(system, address)} {_part(kind, zone, number)}"
            if code in ANALOGUES:
                found.append((f"fa{code:02d}", steps * step, factors.place(system, address, zone, number)))
            else:
                said.quirks.add(Quirk.UNKNOWN_TYPE)
            said.words.append(f"{where}：{name} {steps * step:g}{unit}")
        case Kind.OPERATION:
            system, address, action, operator = OPERATION.unpack(body)
            found.append((factors.OPERATION, float(action), factors.place(system, address)))
            if action >> RESET & 1:
                place = factors.place(system, address)
                found += [(factors.FIRE, 0.0, where) for where in (*parts_of(place), place)]
            said.words.append(f"{_system(system, address)}：{named(OPERATIONS, action) or '无操作'}，操作员 {operator}")
        case Kind.DEVICE:
            found, told = _state(body[0], DEVICE_FAULTS, factors.OWN, DEVICE_BITS)
            said.words.append(f"传输装置：{told}")
        case Kind.DEVICE_OPERATION:
            found.append((factors.OPERATION, float(body[0]), factors.OWN))
            said.guard = said.guard or bool(body[0] >> GUARD & 1)
            told = named(DEVICE_OPERATIONS, body[0]) or "无操作"
            said.words.append(f"传输装置：{told}，操作员 {body[1]}")
        case Kind.SYSTEM_VERSION:
            said.words.append(f"{_system(body[0], body[1])}：软件版本 {body[2]}.{body[3]}")
        case Kind.DEVICE_VERSION:
            said.words.append(f"传输装置：软件版本 {body[0]}.{body[1]}")
        case Kind.PART_SETUP:
            system, address, kind, zone, number, raw = PART_SETUP.unpack(body)
            said.words.append(f"{_system(system, address)} {_part(kind, zone, number)}：{_text(raw)}")
        case Kind.SYSTEM_TIME:
            said.words.append(f"{_system(body[0], body[1])}：时间 {_clock(tag)}")
        case Kind.DEVICE_TIME:
            said.words.append(f"传输装置：时间 {_clock(tag)}")
    return found


def _clock(tag: bytes) -> str:
    second, minute, hour, day, month, year = tag
    return f"20{year:02d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"


def _setups(said: Said, unit: bytes, count: int) -> None:
    """Types 6 and 26: texts, each with its length before it."""
    before = 2 if said.kind == Kind.SYSTEM_SETUP else 0
    at = 2
    for _n in range(count):
        head = at + before + 1
        if head > len(unit) or head + unit[head - 1] > len(unit):
            said.quirks.add(Quirk.UNIT_LENGTH)
            break
        text = _text(unit[head : head + unit[head - 1]])
        who = _system(unit[at], unit[at + 1]) if before else "传输装置"
        said.words.append(f"{who}：{text or '（空）'}")
        at = head + unit[head - 1]
