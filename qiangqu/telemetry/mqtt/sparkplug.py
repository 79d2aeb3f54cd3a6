"""Sparkplug B (Eclipse Sparkplug 3.0.0 = ISO/IEC 20237:2023): payloads, topics, and what an edge node has
told so far.

Field numbers, data types, topics, sequence numbers, aliases, rebirth and the property "Quality" are those of
the Sparkplug specification 3.0.0. Only what carries numbers is read; data sets, templates and extensions are
left.

A birth certificate says once what a metric is (its data type, its alias, whether it is transient); later
messages may leave all of that out. A whole number stands on the line as the bits of an unsigned field, so
that without its type −12 and 4294967284 are the same: it is read by the type of the birth, and where none was
heard, not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from qiangqu.base.errors import InputError

from ..incoming import Reading
from .json_payload import NO_ITEM, Value

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
MAX_BYTES = 1 << 20
MAX_METRICS = 5000
KINDS = frozenset(("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"))

_F = descriptor_pb2.FieldDescriptorProto
# field number, name, type, of Metric
_METRIC = (
    (1, "name", _F.TYPE_STRING),
    (2, "alias", _F.TYPE_UINT64),
    (3, "timestamp", _F.TYPE_UINT64),
    (4, "datatype", _F.TYPE_UINT32),
    (5, "is_historical", _F.TYPE_BOOL),
    (6, "is_transient", _F.TYPE_BOOL),
    (7, "is_null", _F.TYPE_BOOL),
    (10, "int_value", _F.TYPE_UINT32),
    (11, "long_value", _F.TYPE_UINT64),
    (12, "float_value", _F.TYPE_FLOAT),
    (13, "double_value", _F.TYPE_DOUBLE),
    (14, "boolean_value", _F.TYPE_BOOL),
    (15, "string_value", _F.TYPE_STRING),
)
INT64, UINT64, FLOAT, DOUBLE, BOOLEAN, DATETIME = 4, 8, 9, 10, 11, 13
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, INT64: 64}  # Int8 … Int64: two's complement in an unsigned field
_UNSIGNED_BITS = {5: 8, 6: 16, 7: 32, UINT64: 64, DATETIME: 64}  # DateTime: milliseconds since 1970
_FIELD_BITS = {"int_value": 32, "long_value": 64}
_FLOATS = ("float_value", "double_value")
QUALITY = "Quality"  # the property of a value (6.4.11): 192 good, also when it is not given
GOOD = 192


def _messages() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="qiangqu/sparkplug.proto", package="qiangqu.sparkplug", syntax="proto2"
    )
    one, many, message = _F.LABEL_OPTIONAL, _F.LABEL_REPEATED, _F.TYPE_MESSAGE
    value = file.message_type.add(name="PropertyValue")
    value.field.add(number=1, name="type", type=_F.TYPE_UINT32, label=one)
    value.field.add(number=3, name="int_value", type=_F.TYPE_UINT32, label=one)
    value.field.add(number=4, name="long_value", type=_F.TYPE_UINT64, label=one)
    properties = file.message_type.add(name="PropertySet")
    properties.field.add(number=1, name="keys", type=_F.TYPE_STRING, label=many)
    properties.field.add(
        number=2, name="values", type=message, type_name=".qiangqu.sparkplug.PropertyValue", label=many
    )
    metric = file.message_type.add(name="Metric")
    for number, name, kind in _METRIC:
        metric.field.add(number=number, name=name, type=kind, label=_F.LABEL_OPTIONAL)
    metric.field.add(number=9, name="properties", type=message, type_name=".qiangqu.sparkplug.PropertySet", label=one)
    payload = file.message_type.add(name="Payload")
    payload.field.add(number=1, name="timestamp", type=_F.TYPE_UINT64, label=_F.LABEL_OPTIONAL)
    payload.field.add(
        number=2,
        name="metrics",
        type=_F.TYPE_MESSAGE,
        type_name=".qiangqu.sparkplug.Metric",
        label=_F.LABEL_REPEATED,
    )
    payload.field.add(number=3, name="seq", type=_F.TYPE_UINT64, label=_F.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    classes = [pool.FindMessageTypeByName(f"qiangqu.sparkplug.{name}") for name in ("Payload", "Metric")]
    return message_factory.GetMessageClass(classes[0]), message_factory.GetMessageClass(classes[1])


PayloadMessage, MetricMessage = _messages()


@dataclass(frozen=True, slots=True)
class Topic:
    """``spBv1.0/group/kind/node[/device]``."""

    group: str
    kind: str
    node: str
    device: str = ""

    @property
    def edge(self) -> str:
        return f"{self.group}/{self.node}"

    @property
    def source(self) -> str:
        """Whose metrics these are: ``group/node`` or ``group/node/device``."""
        return f"{self.edge}/{self.device}" if self.device else self.edge


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. ``name`` "" when only an alias was sent; ``at`` milliseconds UTC, 0 when none was given.

    ``value`` is the number, None when it is none or cannot be told without the type of the birth; ``raw`` is
    the field and the bits of a whole number; ``datatype`` 0 when it was not sent; ``quality`` of the value.
    """

    name: str
    alias: int | None
    at: int
    value: float | None
    historical: bool = False
    transient: bool = False
    datatype: int = 0
    raw: tuple[str, int] | None = None
    null: bool = False
    quality: int = GOOD


@dataclass(frozen=True, slots=True)
class Payload:
    """``at`` milliseconds UTC; ``seq`` 0–255 or None."""

    at: int
    seq: int | None
    metrics: list[Metric]


def topic_of(text: str) -> Topic | None:
    """A topic of an edge node; None for others (commands, STATE)."""
    parts = text.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE or parts[2] not in KINDS or not all(parts):
        return None
    if (len(parts) == 5) != parts[2].startswith("D"):
        return None
    return Topic(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")


def decode(raw: bytes) -> Payload:
    """A payload. Raises InputError for what is none."""
    if len(raw) > MAX_BYTES:
        raise InputError(f"Sparkplug 报文超过 {MAX_BYTES >> 20} MB")
    message = PayloadMessage()
    try:
        message.ParseFromString(raw)
    except DecodeError as error:
        raise InputError("不是合法的 Sparkplug B 报文") from error
    if len(message.metrics) > MAX_METRICS:
        raise InputError(f"一份 Sparkplug 报文最多 {MAX_METRICS} 个量")
    seq = message.seq if message.HasField("seq") and message.seq < 256 else None
    return Payload(min(message.timestamp, 10**14), seq, [_metric(one) for one in message.metrics])


def _metric(one: Any) -> Metric:
    raw, value = None, None
    if not one.is_null:
        raw = next(((name, getattr(one, name)) for name in _FIELD_BITS if one.HasField(name)), None)
        if raw is not None:
            value = whole(one.datatype, *raw)
        elif one.HasField("boolean_value"):
            value = float(one.boolean_value)
        else:
            value = next((float(getattr(one, name)) for name in _FLOATS if one.HasField(name)), None)
    return Metric(
        one.name,
        one.alias if one.HasField("alias") else None,
        min(one.timestamp, 10**14),
        value,
        one.is_historical,
        one.is_transient,
        one.datatype,
        raw,
        one.is_null,
        _quality(one.properties) if one.HasField("properties") else GOOD,
    )


def _quality(properties: Any) -> int:
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == QUALITY:
            return int(value.int_value if value.HasField("int_value") else value.long_value)
    return GOOD


def whole(datatype: int, field_name: str, bits: int) -> float | None:
    """The number in the field of a whole number by its type; None without a type that has whole numbers, or
    when it does not fit its type.

    Encoders write a negative Int8 as 8 bits or stretched to the field's 32: both are read.

    >>> whole(3, "int_value", 0xFFFFFFF4), whole(1, "int_value", 0xF4), whole(7, "int_value", 0xFFFFFFF4), whole(0, "int_value", 5)
    (-12.0, -12.0, 4294967284.0, None)
    """
    if datatype in _SIGNED_BITS:
        size = _SIGNED_BITS[datatype]
        low, high = bits & (1 << size) - 1, bits >> size
        negative = low >> (size - 1)
        widths = [width - size for width in (32, 64) if size <= width <= _FIELD_BITS[field_name]] or [0]
        if high and not (negative and high in [(1 << width) - 1 for width in widths]):
            return None
        return float(low - (negative << size))
    if datatype in _UNSIGNED_BITS:
        return float(bits) if bits >> _UNSIGNED_BITS[datatype] == 0 else None
    if datatype == BOOLEAN:
        return float(bits) if bits in (0, 1) else None
    if datatype in (FLOAT, DOUBLE):
        return _unmarked(field_name, bits)
    return None


def _unmarked(field_name: str, bits: int) -> float | None:
    """The number in a field whose type does not say whether it has a sign: None where that matters."""
    return float(bits) if bits >> (_FIELD_BITS[field_name] - 1) == 0 else None


def encode(metrics: list[tuple[str, int | None, float | bool | None]], *, at: int, seq: int | None = None) -> bytes:
    """A payload of ``(name, alias, value)``: doubles, or booleans. Name "" sends the alias only."""
    message = PayloadMessage(timestamp=at)
    if seq is not None:
        message.seq = seq
    for name, alias, value in metrics:
        one = message.metrics.add(timestamp=at)
        if name:
            one.name = name
        if alias is not None:
            one.alias = alias
        if value is None:
            one.is_null = True
        elif isinstance(value, bool):
            one.datatype, one.boolean_value = 11, value
        else:
            one.datatype, one.double_value = 10, value
    return bytes(message.SerializeToString())


@dataclass(frozen=True, slots=True)
class Declared:
    """What a birth says of a metric."""

    datatype: int
    transient: bool


@dataclass(slots=True)
class Scope:
    """The metrics of a node, or of one of its devices, by its birth: names are each one's own, and so are
    aliases where makers do not keep them apart.
    """

    metrics: dict[str, Declared] = field(default_factory=dict)
    aliases: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class EdgeNode:
    """What is known of one edge node: the next sequence number, and what its birth certificates and those of
    its devices ("": its own) declare.
    """

    born: bool = False
    next_seq: int = 0
    scopes: dict[str, Scope] = field(default_factory=dict)
    session: float | None = None  # bdSeq of its birth

    @property
    def size(self) -> int:
        return sum(len(scope.metrics) + 1 for scope in self.scopes.values())


@dataclass(slots=True)
class Heard:
    """What a message brought: its metrics with their names and the types of their birth, and whether the node
    has to be born again (its aliases or its order are lost). ``birth``: it was a birth, of the metrics
    ``names``; ``strangers``: aliases that no birth named."""

    values: list[Metric]
    rebirth: bool = False
    birth: bool = False
    names: frozenset[str] = frozenset()
    strangers: list[int] = field(default_factory=list)


MAX_NODES = 5000
MAX_DECLARED = 10 * MAX_METRICS  # of one node and its devices


def _session(payload: Payload) -> float | None:
    """The number of the session that a birth opens and a death closes (bdSeq)."""
    return next(
        (
            metric.value if metric.value is not None else float(metric.raw[1]) if metric.raw else None
            for metric in payload.metrics
            if metric.name == "bdSeq"
        ),
        None,
    )


class Edges:
    """The edge nodes of a broker."""

    def __init__(self) -> None:
        self.nodes: dict[str, EdgeNode] = {}

    def hear(self, topic: Topic, payload: Payload) -> Heard:
        """Take a message in its order. Metrics whose names are not known are left out and a rebirth is
        wanted.
        """
        node = self.nodes.get(topic.edge)
        if node is None:
            if len(self.nodes) >= MAX_NODES:
                self.nodes.pop(next(iter(self.nodes)))
            node = self.nodes[topic.edge] = EdgeNode()
        if topic.kind == "NDEATH":
            session = _session(payload)
            if session is None or node.session is None or session == node.session:
                node.born, node.scopes = False, {}  # the next session may give other aliases
            # else: the death of an earlier session, which came late
            return Heard([])
        if topic.kind == "NBIRTH":
            # devices are born after their node
            node.born, node.scopes, node.session = True, {}, _session(payload)
            node.next_seq = 0 if payload.seq is not None else 1
        rebirth = not node.born
        if payload.seq is not None:
            if payload.seq != node.next_seq and topic.kind != "NBIRTH":
                rebirth = True
            node.next_seq = (payload.seq + 1) % 256
        if topic.kind == "DDEATH":
            node.scopes.pop(topic.device, None)
            return Heard([], rebirth)
        birth = topic.kind in ("NBIRTH", "DBIRTH")
        if birth:
            node.scopes.pop(topic.device, None)
            if node.size + len(payload.metrics) <= MAX_DECLARED:
                node.scopes[topic.device] = _scope(payload)
        scope = node.scopes.get(topic.device)
        heard = Heard([], rebirth, birth, frozenset(scope.metrics) if birth and scope else frozenset())
        for metric in payload.metrics:
            name = metric.name or (scope.aliases.get(metric.alias, "") if scope and metric.alias is not None else "")
            declared = scope.metrics.get(name) if scope and name else None
            if name:
                heard.values.append(_named(metric, name, payload.at, declared))
                heard.rebirth |= declared is None and metric.raw is not None and not metric.datatype
            else:
                heard.rebirth = True
                if metric.alias is not None:
                    heard.strangers.append(metric.alias)
        return heard


def _scope(payload: Payload) -> Scope:
    named = [metric for metric in payload.metrics if metric.name]
    return Scope(
        {metric.name: Declared(metric.datatype, metric.transient) for metric in named},
        {metric.alias: metric.name for metric in named if metric.alias is not None},
    )


def _named(metric: Metric, name: str, at: int, declared: Declared | None) -> Metric:
    """The metric as its birth declares it: what the birth says holds, also over what the message says."""
    datatype = declared.datatype if declared and declared.datatype else metric.datatype
    value = metric.value
    if metric.raw is not None:
        # a birth without types is against the standard: asking for another would not help
        value = whole(datatype, *metric.raw) if datatype or declared is None else _unmarked(*metric.raw)
    transient = metric.transient or (declared is not None and declared.transient)
    return Metric(
        name,
        metric.alias,
        metric.at or at,
        value,
        metric.historical,
        transient,
        datatype,
        metric.raw,
        metric.null,
        metric.quality,
    )


@dataclass(slots=True)
class Read:
    """The readings of a message; the metrics that are good; those that are refused: name, reason, and what
    was said. ``timed``: each has its time.
    """

    readings: list[Reading] = field(default_factory=list)
    good: list[str] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    timed: bool = True


def read(heard: Heard, wanted: Mapping[str, Value], arrival: int) -> Read:
    """The wanted metrics of a message as readings; what is wanted and cannot be read is refused by its name,
    and what a birth does not have.
    """
    found = Read()
    for metric in heard.values:
        value = wanted.get(metric.name)
        if value is None:
            continue
        why, detail = _refusal(metric)
        told = (metric.value or 0.0) * value.scale + value.offset
        if not why and not isfinite(told):
            why = "bad_value"
        if why:
            found.refused.append((metric.name, why, detail))
            continue
        found.good.append(metric.name)
        found.timed = found.timed and metric.at > 0
        found.readings.append(Reading(value.factor, metric.at or arrival, told, value.statistic))
    if heard.birth:
        found.refused += [(name, NO_ITEM, "") for name in wanted if name not in heard.names]
    found.refused += [(f"alias {alias}", "unknown_alias", "") for alias in heard.strangers]
    return found


def _refusal(metric: Metric) -> tuple[str, str]:
    if metric.transient:
        return "transient", ""
    if metric.quality != GOOD:
        return "bad_status", f"{QUALITY} {metric.quality}"
    if metric.null:
        return "bad_value", "null"
    if metric.value is None and metric.raw is not None and not metric.datatype:
        return "no_type", ""
    if metric.value is None:
        return "bad_value", f"datatype {metric.datatype}"
    return "", ""


def rebirth_command(at: int) -> bytes:
    """The payload of an NCMD that asks a node for its birth certificates."""
    return encode([(REBIRTH, None, True)], at=at)
