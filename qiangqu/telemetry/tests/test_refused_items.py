"""What a device refuses item by item: a real Modbus server with exception answers of every kind, a real OPC
UA server without some nodes, births without some metrics. Each item is named and counted, and costs nothing
but itself."""

import asyncio
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from asyncua import Server, ua
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from qiangqu.base.errors import InputError
from qiangqu.telemetry.connections import ModbusDevice, OpcUaDevice, Register
from qiangqu.telemetry.gateway import intake
from qiangqu.telemetry.gateway.core import Gateway
from qiangqu.telemetry.gateway.directory import MAX_ITEMS, Known, Tally
from qiangqu.telemetry.gateway.readings import Readings
from qiangqu.telemetry.models import DeviceHealth, DeviceQuality
from qiangqu.telemetry.mqtt import sparkplug
from qiangqu.telemetry.mqtt.json_payload import Value
from qiangqu.telemetry.polling import modbus
from qiangqu.telemetry.polling.modbus import ModbusPoller
from qiangqu.telemetry.polling.opcua import OpcUaSubscriber
from qiangqu.telemetry.refused_items import Items

from .loop import run_apart
from .test_polling import free_port, words

KINDS = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}  # and their function codes


class Kept(Gateway):
    """A gateway that keeps what it is given in place of a database."""

    def __init__(self, mn: str, protocol: str) -> None:
        super().__init__()
        self.device = Known(1, mn, "", "", "", True, protocol)
        self.directory.devices[mn.encode()] = self.device
        self.values: list[dict[str, float]] = []

    async def stored(self, device: Known, region: Readings, *_rest: Any, **_more: Any) -> bool:
        self.values.append({factor: value for (factor, _), value in zip(region.series, region.values, strict=True)})
        return True

    @property
    def items(self) -> dict[str, int]:
        return {f"{what} {item}": count for (what, _refused, item), count in self.device.tally.items.items()}


class Meter:
    """A Modbus server whose registers in ``bad`` (function code, address) are answered with an exception;
    ``asked`` lists its requests.
    """

    def __init__(self, bad: dict[tuple[int, int], ExcCodes]) -> None:
        self.bad, self.asked, self.port = bad, [], free_port()  # type: ignore[var-annotated]

    async def __aenter__(self) -> "Meter":
        holding = [0] * 40
        holding[0:2], holding[6] = words("f", 230.5), 500
        holding[20:22] = words("f", float("nan"))
        numbers = [SimData(0, values=holding, datatype=DataType.REGISTERS)]
        bits = [SimData(0, values=[True, False] * 20, datatype=DataType.BITS)]
        simdata = (bits, bits, numbers, numbers)
        device = SimDevice(1, simdata=simdata, action=self._action)
        self.server = ModbusTcpServer(device, address=("127.0.0.1", self.port), trace_pdu=self._trace)
        await self.server.serve_forever(background=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.shutdown()

    def _trace(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending:
            self.asked.append((pdu.function_code, pdu.address, pdu.count))
        return pdu

    async def _action(self, *_request: Any) -> ExcCodes | None:
        # of coils the server itself gives the count of 16-bit words
        function, address, count = self.asked[-1]
        return next(
            (self.bad[function, at] for at in range(address, address + count) if (function, at) in self.bad), None
        )

    def poller(self, gateway: Gateway, *registers: Register) -> ModbusPoller:
        return ModbusPoller(gateway, ModbusDevice("M", "127.0.0.1", self.port, 1, 2.0, registers))

    async def poll(self, poller: ModbusPoller, times: int = 1) -> None:
        client = AsyncModbusTcpClient("127.0.0.1", port=self.port, timeout=5)
        await client.connect()
        for _ in range(times):
            await poller._read(client)
        client.close()


def register(kind: str, address: int, type_: str, factor: str) -> Register:
    return Register(address, kind, type_, "big", Value(str(address), factor))


def test_what_lies_between_two_wanted_registers_does_not_silence_the_meter() -> None:
    """The case of a real meter: 0, 1 and 6 exist, 2–5 do not."""

    async def story() -> None:
        gateway = Kept("M", "modbus")
        async with Meter({(3, at): ExcCodes.ILLEGAL_ADDRESS for at in range(2, 6)}) as meter:
            poller = meter.poller(
                gateway, register("holding", 0, "float32", "p1"), register("holding", 6, "uint16", "p2")
            )
            await meter.poll(poller, 3)
            assert gateway.values == [{"p1": 230.5, "p2": 500.0}] * 3
            # learnt: the joined request is asked once
            assert meter.asked == [(3, 0, 7), *[(3, 0, 2), (3, 6, 1)] * 3]
            assert gateway.items == {} and not gateway.refused

    run_apart(story())


@pytest.mark.parametrize("code", [1, 2, 3, 4, 7, 8, 10, 11])
@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_register_of_every_kind_is_named_and_the_others_are_read(
    kind: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    bits = kind in ("coil", "discrete")
    type_ = "bit" if bits else "uint32"
    step = 1 if bits else 2
    registers = [register(kind, at * step, type_, f"f{at}") for at in range(8)]
    bad = registers[3]

    async def story() -> None:
        gateway = Kept("M", "modbus")
        async with Meter({(KINDS[kind], bad.address + step - 1): ExcCodes(code)}) as meter:
            poller = meter.poller(gateway, *registers)
            await meter.poll(poller, 4)
            assert [set(values) for values in gateway.values[1:]] == [{f"f{at}" for at in range(8) if at != 3}] * 3
            name = f"{'no_item' if code == 2 else 'item_refused'} {kind} {bad.address}"
            assert gateway.items == {name: 1}  # then it is left alone
            assert Counter(gateway.refused) == {name.split()[0]: 1}
            assert all(not at <= bad.address < at + count for _f, at, count in meter.asked[-3:])
            # it is tried again later, alone, and taken back when it is there
            poller.resting[bad].until = 0.0
            await meter.poll(poller)
            assert gateway.items == {name: 2} and poller.resting[bad].wait == 2 * modbus.REST_FIRST
            poller.resting[bad].until = 0.0
            meter.bad.clear()
            await meter.poll(poller, 2)
            assert [len(values) for values in gateway.values[-2:]] == [8, 8] and not poller.resting

    with caplog.at_level(logging.WARNING, "qiangqu"):
        run_apart(story())
    told = [record.getMessage() for record in caplog.records if f"{kind} {bad.address}" in record.getMessage()]
    assert len(told) == 1 and "M" in told[0]


def test_a_busy_device_is_asked_again_and_nothing_is_concluded_from_it() -> None:
    async def story() -> None:
        gateway = Kept("M", "modbus")
        registers = [register("holding", at, "uint16", f"f{at}") for at in range(4)]
        async with Meter({(3, 1): ExcCodes.DEVICE_BUSY}) as meter:
            poller = meter.poller(gateway, *registers)
            await meter.poll(poller)
            assert gateway.values == [{}] and meter.asked == [(3, 0, 4)] and not poller.resting
            await meter.poll(poller)  # it stays so: then it is about one of them
            assert set(gateway.values[-1]) == {"f0", "f2", "f3"} and list(poller.resting) == [registers[1]]

    run_apart(story())


def test_a_device_behind_a_gateway_that_does_not_answer_is_silent_not_refusing() -> None:
    async def story() -> None:
        gateway = Kept("M", "modbus")
        bad = {(3, at): ExcCodes.GATEWAY_NO_RESPONSE for at in range(40)}
        async with Meter(bad) as meter:
            poller = meter.poller(gateway, *[register("holding", at, "uint16", f"f{at}") for at in range(8)])
            for _ in range(2):
                meter.asked.clear()
                with pytest.raises(InputError, match="无应答"):
                    await meter.poll(poller)
                assert len(meter.asked) <= modbus.MAX_PROBED + 1
            assert not gateway.items and not gateway.values and not poller.resting
            bad.clear()
            await meter.poll(poller)
            assert meter.asked[-1] == (3, 0, 8) and len(gateway.values[0]) == 8

    run_apart(story())


def test_nothing_that_exists_is_lost_among_many_that_do_not_and_the_search_is_bounded() -> None:
    async def story() -> None:
        gateway = Kept("M", "modbus")
        registers = [register("holding", at, "uint16", f"f{at}") for at in range(40)]
        async with Meter({(3, at): ExcCodes.ILLEGAL_ADDRESS for at in range(40) if at % 3}) as meter:
            poller = meter.poller(gateway, *registers)
            await meter.poll(poller)
            assert len(meter.asked) <= modbus.MAX_ASKED + 1
            before = len(meter.asked)
            await meter.poll(poller)
            wanted = {f"f{at}" for at in range(0, 40, 3)}
            assert set(gateway.values[0]) == set(gateway.values[1]) == wanted
            assert len(meter.asked) - before == len(wanted)
            assert len(gateway.items) == 40 - len(wanted)

    run_apart(story())


def test_requests_are_joined_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        gateway = Kept("M", "modbus")
        registers = [register("holding", at, "uint16", f"f{at}") for at in range(4)]
        async with Meter({(3, at): ExcCodes.DEVICE_FAILURE for at in range(4)}) as meter:
            poller = meter.poller(gateway, *registers)
            await meter.poll(poller)
            meter.bad.clear()
            for rest in poller.resting.values():
                rest.until = 0.0
            await meter.poll(poller)
            assert len(poller.requests) == 4 and len(gateway.values[-1]) == 4
            monkeypatch.setattr(modbus, "RELEARN", -1.0)
            await meter.poll(poller)
            assert meter.asked[-1] == (3, 0, 4) and len(gateway.values[-1]) == 4

    run_apart(story())


def test_a_float_without_a_value_is_named() -> None:
    async def story() -> None:
        gateway = Kept("M", "modbus")
        async with Meter({}) as meter:
            poller = meter.poller(
                gateway, register("holding", 20, "float32", "f1"), register("holding", 6, "uint16", "f2")
            )
            await meter.poll(poller)
            assert gateway.values == [{"f2": 500.0}] and gateway.items == {"bad_value holding 20": 1}

    run_apart(story())


async def _until(holds: Any) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.05)


def test_nodes_that_an_opcua_server_refuses_are_named_and_taken_when_they_are_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = free_port()

    async def story() -> None:
        server = Server()
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/test")
        space = await server.register_namespace("urn:test")

        async def add(name: str, value: Any) -> Any:
            return await server.nodes.objects.add_variable(ua.NodeId(name, space), name, value)

        so2, words_, bad = await add("SO2", 18.5), await add("WORDS", "offen"), await add("BAD", 1.0)
        await bad.write_value(ua.DataValue(ua.Variant(1.0), ua.StatusCode(ua.StatusCodes.BadSensorFailure)))
        names = ("SO2", "NOX", "WORDS", "BAD", "LATER")
        values = {f"ns={space};s={name}": Value(f"ns={space};s={name}", name.lower()) for name in names}
        gateway = Kept("P", "opcua")
        subscriber = OpcUaSubscriber(
            gateway, OpcUaDevice("P", f"opc.tcp://127.0.0.1:{port}/test", 0.1, values), look=0.5
        )

        def seen(name: str) -> list[float]:
            return [told[name] for told in gateway.values if name in told]

        async with server:
            await subscriber.start()
            await _until(lambda: len(gateway.items) >= 4 and gateway.values)
            assert seen("so2") == [18.5] and set().union(*gateway.values) == {"so2"}
            await _until(lambda: gateway.items[f"no_item ns={space};s=NOX"] >= 3)
            assert set(gateway.items) == {
                f"no_item ns={space};s=NOX",
                f"no_item ns={space};s=LATER",
                f"bad_value ns={space};s=WORDS",
                f"bad_status ns={space};s=BAD",
            }
            await add("LATER", 7.0)  # a node that comes later is taken without a restart
            await _until(lambda: seen("later"))
            await so2.delete()  # one that goes is named, though its subscription says nothing
            await _until(lambda: f"no_item ns={space};s=SO2" in gateway.items)
            so2 = await add("SO2", 20.5)
            await _until(lambda: 20.5 in seen("so2"))
            await words_.write_value("zu")
            await subscriber.stop()

    with caplog.at_level(logging.WARNING, "qiangqu"):
        run_apart(story())
    told = Counter(record.getMessage() for record in caplog.records if "s=NOX" in record.getMessage())
    assert list(told.values()) == [1] and "BadNodeIdUnknown" in next(iter(told))


TYPES = {  # Sparkplug's data types: number, bits
    "Int8": (1, 8), "Int16": (2, 16), "Int32": (3, 32), "Int64": (4, 64),
    "UInt8": (5, 8), "UInt16": (6, 16), "UInt32": (7, 32), "UInt64": (8, 64),
}  # fmt: skip


def spoken(at: int = 1, seq: int | None = None, **more: Any) -> sparkplug.Payload:
    message = sparkplug.PayloadMessage(timestamp=at)
    if seq is not None:
        message.seq = seq
    message.metrics.add(timestamp=at, **more)
    return sparkplug.decode(message.SerializeToString())


@pytest.mark.parametrize("how", ["alias", "name", "both"])
@pytest.mark.parametrize("place", ["", "dev"])
@pytest.mark.parametrize("name", [*TYPES, "Float", "Double", "Boolean", "DateTime"])
def test_the_type_of_the_birth_holds_for_every_type_and_way_to_name_a_metric(name: str, place: str, how: str) -> None:
    edges = sparkplug.Edges()
    kinds = ("DBIRTH", "DDATA") if place else ("NBIRTH", "NDATA")
    if place:
        edges.hear(sparkplug.Topic("g", "NBIRTH", "n"), spoken(name="bdSeq", datatype=8, long_value=0, seq=0))
    number, bits = (TYPES | {"Float": (9, 0), "Double": (10, 0), "Boolean": (11, 0), "DateTime": (13, 0)})[name]
    if name == "Float":
        cases: list[tuple[str, Any, float]] = [("float_value", -1.5, -1.5)]
    elif name == "Double":
        cases = [("double_value", -1.25, -1.25)]
    elif name == "Boolean":
        cases = [("boolean_value", True, 1.0), ("boolean_value", False, 0.0)]
    elif name == "DateTime":
        cases = [("long_value", 1_796_000_000_000, 1_796_000_000_000.0)]
    else:
        field = "long_value" if bits == 64 else "int_value"
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if number < 5 else (0, (1 << bits) - 1)
        width = 64 if bits == 64 else 32
        cases = [(field, told & ((1 << bits) - 1), float(told)) for told in (low, high, max(low, -12), 0)]
        cases += [(field, told & ((1 << width) - 1), float(told)) for told in (low, max(low, -12))]
    first = next(iter(cases))
    birth = spoken(name="T/Temp", alias=1, datatype=number, seq=1 if place else 0, **{first[0]: first[1]})
    told = edges.hear(sparkplug.Topic("g", kinds[0], "n", place), birth)
    assert [metric.value for metric in told.values] == [first[2]] and not told.rebirth
    named = {"alias": {"alias": 1}, "name": {"name": "T/Temp"}, "both": {"name": "T/Temp", "alias": 1}}[how]
    for seq, (field, raw, value) in enumerate(cases, 2 if place else 1):
        heard = edges.hear(sparkplug.Topic("g", kinds[1], "n", place), spoken(seq=seq, **named, **{field: raw}))
        found = sparkplug.read(heard, {"T/Temp": Value("T/Temp", "a1")}, 5)
        assert [reading.value for reading in found.readings] == [value] and not found.refused
        assert not heard.rebirth


def hear(edges: sparkplug.Edges, kind: str, device: str = "", **more: Any) -> sparkplug.Read:
    heard = edges.hear(sparkplug.Topic("g", kind, "n", device), spoken(**more))
    return sparkplug.read(heard, {"T": Value("T", "a1"), "U": Value("U", "a2")}, 5)


def test_scopes_of_a_node_and_its_devices_do_not_mix_and_a_new_birth_replaces_the_old_one() -> None:
    edges = sparkplug.Edges()
    hear(edges, "NBIRTH", name="T", alias=1, datatype=7, int_value=1)
    hear(edges, "DBIRTH", "d", name="T", alias=1, datatype=3, int_value=1)
    hear(edges, "DBIRTH", "e", name="U", alias=1, datatype=1, int_value=1)
    raw = {"alias": 1, "int_value": 2**32 - 5}
    assert [r.value for r in hear(edges, "NDATA", **raw).readings] == [2.0**32 - 5]
    assert [r.value for r in hear(edges, "DDATA", "d", **raw).readings] == [-5.0]
    assert [(r.factor, r.value) for r in hear(edges, "DDATA", "e", **raw).readings] == [("a2", -5.0)]
    hear(edges, "DBIRTH", "d", name="U", alias=1, datatype=2, int_value=1)  # born again with another alias
    assert [(r.factor, r.value) for r in hear(edges, "DDATA", "d", **raw).readings] == [("a2", -5.0)]
    # the node anew: what was before is void
    hear(edges, "NBIRTH", name="U", alias=2, datatype=3, int_value=1)
    assert hear(edges, "NDATA", **raw).refused == [("alias 1", "unknown_alias", "")]
    assert hear(edges, "DDATA", "d", **raw).refused == [("alias 1", "unknown_alias", "")]
    assert edges.hear(sparkplug.Topic("g", "DDATA", "n", "d"), spoken(**raw)).rebirth


def test_what_is_transient_null_bad_or_without_a_type_is_named_and_not_stored() -> None:
    edges = sparkplug.Edges()
    early = hear(edges, "NDATA", name="T", int_value=2**32 - 12)  # before its birth: −12 or 4294967284?
    assert (early.readings, early.refused) == ([], [("T", "no_type", "")])
    born = hear(edges, "NBIRTH", name="T", alias=1, datatype=3, is_transient=True, int_value=1)
    assert born.refused == [("T", "transient", ""), ("U", "no_item", "")]
    assert hear(edges, "NDATA", alias=1, int_value=2).refused == [("T", "transient", "")]
    hear(edges, "NBIRTH", name="T", alias=1, datatype=3, is_null=True)
    assert [r.value for r in hear(edges, "NDATA", alias=1, int_value=2**32 - 1).readings] == [-1.0]
    assert hear(edges, "NDATA", alias=1, is_null=True).refused == [("T", "bad_value", "null")]
    assert hear(edges, "NDATA", alias=1, string_value="12").refused == [("T", "bad_value", "datatype 3")]
    bad = {"keys": ["Quality"], "values": [{"type": 3, "int_value": 500}]}
    assert hear(edges, "NDATA", alias=1, int_value=2, properties=bad).refused == [("T", "bad_status", "Quality 500")]
    good = {"keys": ["engUnit", "Quality"], "values": [{"type": 12}, {"type": 3, "int_value": 192}]}
    assert [r.value for r in hear(edges, "NDATA", alias=1, int_value=2, properties=good).readings] == [2.0]
    hear(edges, "NBIRTH", name="T", alias=1, datatype=5, int_value=1)
    # no UInt8
    assert hear(edges, "NDATA", alias=1, int_value=300).refused == [("T", "bad_value", "datatype 5")]


@pytest.mark.django_db
def test_each_refusal_is_in_one_row_and_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from .test_health import DAY1, Area, device

    area = Area.objects.create(code="Z1", name="一区", short_name="一区", level="zone", valid_from=DAY1)
    made = device("M", area)
    monkeypatch.setattr(intake, "MAX_NAMED", 3)
    for _ in range(2):
        tally = Tally()
        for number in range(5):
            tally.note("no_item", f"x{number}")
        tally.note("no_item", "x0")
        tally.note("no_item")
        tally.note("item_absent", "x0", refused=False)
        tally.refused["bad_value"] += 2
        intake.flush_tallies([(made.pk, tally)], {})
    rows = {(q.what, q.refused, q.item): q.count for q in DeviceQuality.objects.all()}
    assert sum(count for (_what, refused, _item), count in rows.items() if refused) == 18
    assert DeviceHealth.objects.get().refused == 18
    assert len([item for _what, _refused, item in rows if item]) == 3
    assert rows["no_item", True, "x0"] == 4 and rows["bad_value", True, ""] == 4
    crowd = Tally()
    for number in range(2 * MAX_ITEMS):
        crowd.note("no_item", f"y{number}")
    assert len(crowd.items) == MAX_ITEMS and crowd.refused["no_item"] == 2 * MAX_ITEMS


def test_the_log_names_an_item_once_however_often_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    gateway = Kept("M", "mqtt")
    items = Items(gateway, "M", "mqtt")
    with caplog.at_level(logging.WARNING, "qiangqu"):
        for _ in range(5):
            items.refuse("a\nb", "bad_value")
            items.took("a\nb")
        items.refuse("a\nb", "no_item")
    assert [record.getMessage().count("\n") for record in caplog.records] == [0, 0]
    assert gateway.items == {"bad_value a?b": 5, "no_item a?b": 1}


def test_a_home_keeps_one_client_id_that_nobody_can_guess(tmp_path: Path) -> None:
    from qiangqu.telemetry.mqtt.client import client_id

    made = client_id(tmp_path)
    assert client_id(tmp_path) == made and len(made) > 24
    assert (tmp_path / "mqtt-client-id").stat().st_mode & 0o077 == 0
