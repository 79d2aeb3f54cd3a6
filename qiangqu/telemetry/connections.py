"""The file that says what the gateway connects to: MQTT brokers, Modbus TCP devices, OPC UA servers, and
where in them a device's values stand.

    mqtt:
      - broker: 127.0.0.1
        port: 1883
        username: qiangqu
        password_file: broker.password
        tls: false
        devices:                      # only those that do not send our own form (qiangqu.telemetry.mqtt.json_payload)
          - mn: ZONE1-AIR-07
            topic: plant7/air
            time: meta.ts
            values: [{path: data.so2, factor: a21026, scale: 1000}]
        sparkplug:
          - {mn: ZONE1-EDGE-1, source: plant7/edge1, values: [{metric: Stack/SO2, factor: a21026}]}
    modbus:
      - mn: ZONE1-METER-1
        host: 10.0.7.11
        unit: 1
        every: 10
        registers: [{address: 0, kind: holding, type: float32, order: big, factor: p0001, scale: 1}]
    opcua:
      - mn: ZONE1-PLC-1
        url: opc.tcp://10.0.7.12:4840
        security: Basic256Sha256      # signed and encrypted; only then a user name
        certificate: gateway.der
        private_key: gateway.pem
        server_certificate: plc1.der  # the one that this server must have
        username: qiangqu
        password_file: plc1.password
        nodes: [{node: "ns=2;s=Stack.SO2", factor: a21026}]

Everything is checked before anything is connected; an error names the file and the place in it.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.packs import read_yaml

from .hj212.codes import STATISTICS
from .incoming import INTERVALS
from .mqtt.json_payload import ROOT, PayloadMap, Value
from .mqtt.sparkplug import NAMESPACE

MAX_BYTES = 1 << 20
MAX_DEVICES = 5000
MAX_VALUES = 2000
#: name → (registers of 16 bits, pymodbus' name)
REGISTER_TYPES = {
    "int16": 1,
    "uint16": 1,
    "int32": 2,
    "uint32": 2,
    "float32": 2,
    "int64": 4,
    "uint64": 4,
    "float64": 4,
    "bit": 1,
}
REGISTER_KINDS = ("holding", "input", "coil", "discrete")
ORDERS = (
    "big",
    "little",
)  # of the registers of one value; bytes within a register are big-endian (Modbus Application Protocol V1.1b3, 4.2)
#: of OPC UA (IEC 62541-7), those that are not retired
SECURITY_POLICIES = ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
_STATISTICS = frozenset(s.decode() for s in STATISTICS)


@dataclass(frozen=True, slots=True)
class MqttDevice:
    """A device whose JSON is read by ``map``."""

    mn: str
    topic: str
    map: PayloadMap


@dataclass(frozen=True, slots=True)
class SparkplugDevice:
    """``values``: factor and scale by metric name."""

    mn: str
    source: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Broker:
    host: str
    port: int
    username: str
    password: str
    tls: bool
    devices: tuple[MqttDevice, ...]
    sparkplug: tuple[SparkplugDevice, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """A value in a Modbus device: ``address`` from 0; ``type`` of :data:`REGISTER_TYPES`; ``order`` of the
    registers.
    """

    address: int
    kind: str
    type: str
    order: str
    value: Value

    @property
    def count(self) -> int:
        return REGISTER_TYPES[self.type]


@dataclass(frozen=True, slots=True)
class ModbusDevice:
    """``every`` seconds between readings."""

    mn: str
    host: str
    port: int
    unit: int
    every: float
    registers: tuple[Register, ...]


@dataclass(frozen=True, slots=True)
class OpcUaSecurity:
    """A signed and encrypted channel: its policy, our certificate and key, the certificate that the server
    must have, and who we are there.
    """

    policy: str
    certificate: Path
    private_key: Path
    server_certificate: Path
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class OpcUaDevice:
    """``values``: by node id; ``every`` seconds is the sampling interval that is asked for; ``security``
    None: in the clear, anonymous.
    """

    mn: str
    url: str
    every: float
    values: Mapping[str, Value]
    security: OpcUaSecurity | None = None


@dataclass(frozen=True, slots=True)
class Connections:
    mqtt: tuple[Broker, ...] = ()
    modbus: tuple[ModbusDevice, ...] = ()
    opcua: tuple[OpcUaDevice, ...] = ()


def read_connections(path: Path) -> Connections:
    """The connections of a file. Raises InputError that names the file and the place."""
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"文件超过 {MAX_BYTES >> 20} MB", where=path.name)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError("不是 UTF-8 文本", where=path.name) from error
    return parse_connections(read_yaml(text, path.name), path.name, path.parent)


def parse_connections(data: Any, name: str, folder: Path) -> Connections:
    """As :func:`read_connections`, of data."""
    at = _Place(name)
    fields = at.fields(data, {"mqtt", "modbus", "opcua"})
    found = Connections(
        tuple(_broker(one, folder) for one in at.child("mqtt").items(fields.get("mqtt", []))),
        tuple(_modbus(one) for one in at.child("modbus").items(fields.get("modbus", []))),
        tuple(_opcua(one, folder) for one in at.child("opcua").items(fields.get("opcua", []))),
    )
    names = [d.mn for b in found.mqtt for d in b.devices] + [d.mn for b in found.mqtt for d in b.sparkplug]
    names += [d.mn for d in found.modbus] + [d.mn for d in found.opcua]
    if len(names) > MAX_DEVICES:
        raise InputError(f"设备超过 {MAX_DEVICES} 个", where=name)
    twice = {mn for mn in names if names.count(mn) > 1}
    if twice:
        raise InputError(f"MN {'、'.join(sorted(twice)[:5])} 写了两次", where=name)
    return found


class _Place:
    """A place in the file, to name it in errors."""

    def __init__(self, name: str, data: Any = None) -> None:
        self.name, self.data = name, data

    def child(self, key: str | int, data: Any = None) -> "_Place":
        name = f"{self.name} {key}" if isinstance(key, str) else f"{self.name} 第{key + 1}项"
        return _Place(name, data)

    def fail(self, text: str) -> InputError:
        return InputError(text, where=self.name)

    def items(self, data: Any) -> "list[_Place]":
        if not isinstance(data, list):
            raise self.fail("应是一个列表")
        if len(data) > MAX_DEVICES:
            raise self.fail(f"超过 {MAX_DEVICES} 项")
        return [self.child(number, one) for number, one in enumerate(data)]

    def fields(self, data: Any, known: Set[str], required: Set[str] = frozenset()) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise self.fail("应是一组字段")
        strange, missing = {str(key) for key in data} - known, required - set(data)
        if strange:
            raise self.fail(f"不认识的字段 {'、'.join(sorted(strange)[:5])}；可用 {'、'.join(sorted(known))}")
        if missing:
            raise self.fail(f"缺少字段 {'、'.join(sorted(missing))}")
        return data

    def text(self, data: dict[str, Any], key: str, default: str | None = None) -> str:
        value = data.get(key, default)
        if not isinstance(value, str) or not value.strip() or len(value) > 300:
            raise self.fail(f"{key} 应为 1—300 个字的文字")
        return value

    def file(self, data: dict[str, Any], key: str, folder: Path) -> Path:
        file = folder / self.text(data, key)
        if not file.is_file():
            raise self.fail(f"{key}：没有文件 {file.name}")
        return file

    def password(self, data: dict[str, Any], folder: Path) -> str:
        if "password_file" not in data:
            return ""
        return self.file(data, "password_file", folder).read_text(encoding="utf-8").strip()[:200]

    def number(self, data: dict[str, Any], key: str, default: float, low: float, high: float) -> float:
        value = data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.fail(f"{key} 应为 {low:g}—{high:g} 的数")
        return float(value)

    def whole(self, data: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
        value = self.number(data, key, default, low, high)
        if value != int(value):
            raise self.fail(f"{key} 应为整数")
        return int(value)

    def choice(self, data: dict[str, Any], key: str, default: str, known: Any) -> str:
        value = data.get(key, default)
        if not isinstance(value, str) or value not in known:
            raise self.fail(f"{key} 应为 {'、'.join(sorted(known))} 之一")
        return value


_VALUE = {"factor", "statistic", "scale", "offset"}


def _value(place: _Place, data: dict[str, Any], path: str) -> Value:
    factor = place.text(data, "factor")
    if len(factor) > 20 or not factor.replace("_", "").isalnum() or not factor.isascii():
        raise place.fail("factor 应为不超过 20 个字母、数字或下划线")
    return Value(
        path,
        factor,
        place.choice(data, "statistic", "Rtd", _STATISTICS),
        place.number(data, "scale", 1.0, -1e12, 1e12),
        place.number(data, "offset", 0.0, -1e12, 1e12),
    )


def _values(
    place: _Place, listed: Any, key: str, more: Set[str] = frozenset()
) -> list[tuple[_Place, dict[str, Any], Value]]:
    found = []
    for one in place.items(listed):
        data = one.fields(one.data, {key, *_VALUE, *more}, {key, "factor"})
        path = one.text(data, key) if key != "address" else str(one.whole(data, key, 0, 0, 65535))
        found.append((one, data, _value(one, data, path)))
    if not 0 < len(found) <= MAX_VALUES:
        raise place.fail(f"应有 1—{MAX_VALUES} 项")
    return found


def _once(place: _Place, names: list[str]) -> None:
    """Raises InputError when one name stands twice: only one of the two would be read."""
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    if twice:
        raise place.fail(f"{'、'.join(sorted(twice)[:5])} 写了两次")


def _mn(place: _Place, data: dict[str, Any]) -> str:
    mn = place.text(data, "mn")
    if len(mn) > 40 or not mn.isascii() or not all(c.isalnum() or c in "_.-" for c in mn):
        raise place.fail("mn 只能由字母、数字和 _ . - 组成，不超过 40 个")
    return mn


def _broker(place: _Place, folder: Path) -> Broker:
    known = {"broker", "port", "username", "password_file", "tls", "devices", "sparkplug"}
    data = place.fields(place.data, known, {"broker"})
    tls = data.get("tls", False)
    if not isinstance(tls, bool):
        raise place.fail("tls 应为 true 或 false")
    devices = tuple(_mqtt_device(one) for one in place.child("devices").items(data.get("devices", [])))
    sparkplug = tuple(_sparkplug(one) for one in place.child("sparkplug").items(data.get("sparkplug", [])))
    _once(place.child("devices"), [device.topic for device in devices])
    _once(place.child("sparkplug"), [device.source for device in sparkplug])
    return Broker(
        place.text(data, "broker"),
        place.whole(data, "port", 8883 if tls else 1883, 1, 65535),
        place.text(data, "username") if "username" in data else "",
        place.password(data, folder),
        tls,
        devices,
        sparkplug,
    )


def _mqtt_device(place: _Place) -> MqttDevice:
    data = place.fields(place.data, {"mn", "topic", "time", "interval", "values"}, {"mn", "topic", "values"})
    topic = place.text(data, "topic")
    if any(mark in topic for mark in "+#\0"):
        raise place.fail("topic 应是一个确定的主题，不含 + 和 #")
    mn = _mn(place, data)
    first, _slash, rest = topic.partition("/")
    # another device's account may write there, and this one's may not
    if first == ROOT and rest.split("/")[0] != mn:
        raise place.fail(f"{ROOT}/ 下的主题属于它写的那个 MN，应为 {ROOT}/{mn}/…")
    if first.casefold() == NAMESPACE.casefold() or first.startswith("$"):
        raise place.fail(f"topic 不能以 {first[:20]} 开头")
    values = [value for _, _, value in _values(place.child("values"), data["values"], "path")]
    time = place.text(data, "time") if "time" in data else ""
    return MqttDevice(
        mn,
        topic,
        PayloadMap(tuple(values), time, place.choice(data, "interval", "realtime", INTERVALS)),
    )


def _sparkplug(place: _Place) -> SparkplugDevice:
    data = place.fields(place.data, {"mn", "source", "values"}, {"mn", "source", "values"})
    values = _values(place.child("values"), data["values"], "metric")
    _once(place.child("values"), [value.path for _, _, value in values])
    return SparkplugDevice(_mn(place, data), place.text(data, "source"), {value.path: value for _, _, value in values})


def _modbus(place: _Place) -> ModbusDevice:
    data = place.fields(place.data, {"mn", "host", "port", "unit", "every", "registers"}, {"mn", "host", "registers"})
    registers = []
    for one, fields, value in _values(
        place.child("registers"), data["registers"], "address", {"kind", "type", "order"}
    ):
        kind = one.choice(fields, "kind", "holding", REGISTER_KINDS)
        bits = kind in ("coil", "discrete")
        type_ = one.choice(fields, "type", "bit" if bits else "uint16", REGISTER_TYPES)
        if bits != (type_ == "bit"):
            raise one.fail("coil、discrete 的 type 是 bit；bit 只用于 coil、discrete")
        registers.append(Register(int(value.path), kind, type_, one.choice(fields, "order", "big", ORDERS), value))
        if registers[-1].address + registers[-1].count > 65536:
            raise one.fail("超出地址 65535")
    return ModbusDevice(
        _mn(place, data),
        place.text(data, "host"),
        place.whole(data, "port", 502, 1, 65535),
        place.whole(data, "unit", 1, 0, 255),
        place.number(data, "every", 10.0, 0.05, 86_400.0),
        tuple(registers),
    )


_SECURED = {"certificate", "private_key", "server_certificate", "username", "password_file"}


def _opcua(place: _Place, folder: Path) -> OpcUaDevice:
    known = {"mn", "url", "every", "nodes", "security", *_SECURED}
    data = place.fields(place.data, known, {"mn", "url", "nodes"})
    url = place.text(data, "url")
    if not url.startswith("opc.tcp://"):
        raise place.fail("url 应以 opc.tcp:// 开头")
    values = _values(place.child("nodes"), data["nodes"], "node")
    _once(place.child("nodes"), [_node(one, value.path) for one, _, value in values])
    return OpcUaDevice(
        _mn(place, data),
        url,
        place.number(data, "every", 1.0, 0.05, 3600.0),
        {value.path: value for _, _, value in values},
        _security(place, data, folder),
    )


def _node(place: _Place, text: str) -> str:
    """A node id in its one spelling. Raises InputError for what is none."""
    from asyncua import ua  # half a second, for those who use OPC UA only

    try:
        return str(ua.NodeId.from_string(text).to_string())
    except (ua.UaError, ValueError):
        raise place.fail(f"node“{text[:60]}”不是节点标识，应如 ns=2;s=Stack.SO2 或 i=2258") from None


def _security(place: _Place, data: dict[str, Any], folder: Path) -> OpcUaSecurity | None:
    if "security" not in data:
        given = sorted(_SECURED & set(data))
        if given:  # a password would go over the line in the clear
            raise place.fail(f"写了 {'、'.join(given)}，还要写 security（{'、'.join(SECURITY_POLICIES)} 之一）")
        return None
    return OpcUaSecurity(
        place.choice(data, "security", "", SECURITY_POLICIES),
        place.file(data, "certificate", folder),
        place.file(data, "private_key", folder),
        place.file(data, "server_certificate", folder),
        place.text(data, "username") if "username" in data else "",
        place.password(data, folder),
    )
