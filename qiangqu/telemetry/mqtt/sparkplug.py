"""Sparkplug B (Eclipse Sparkplug 3.0.0 = ISO/IEC 20237:2023): payloads, topics, and what an edge node has told so far.

Field numbers, data types, topics, sequence numbers, aliases and rebirth are those of the Sparkplug specification 3.0.0. Only what carries numbers is read; data sets, templates and extensions are counted and left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from qiangqu.base.errors import InputError

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
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}  # Int8 … Int64: two's complement in an unsigned field
_VALUES = ("int_value", "long_value", "float_value", "double_value", "boolean_value")


def _messages() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="qiangqu/sparkplug.proto", package="qiangqu.sparkplug", syntax="proto2"
    )
    metric = file.message_type.add(name="Metric")
    for number, name, kind in _METRIC:
        metric.field.add(number=number, name=name, type=kind, label=_F.LABEL_OPTIONAL)
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
    """A metric with a number. ``name`` "" when only an alias was sent; ``at`` milliseconds UTC, 0 when none was given."""

    name: str
    alias: int | None
    at: int
    value: float | None
    historical: bool = False
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """``at`` milliseconds UTC; ``seq`` 0–255 or None; ``other``: metrics that are no numbers."""

    at: int
    seq: int | None
    metrics: list[Metric]
    other: int = 0


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
    metrics, other = [], 0
    for one in message.metrics:
        value = _number(one)
        if value is None and not one.is_null:
            other += 1
            if not one.HasField("name"):
                continue
        metrics.append(
            Metric(
                one.name[:200],
                one.alias if one.HasField("alias") else None,
                min(one.timestamp, 10**14),
                value,
                one.is_historical,
                one.is_transient,
            )
        )
    seq = message.seq if message.HasField("seq") and message.seq < 256 else None
    return Payload(min(message.timestamp, 10**14), seq, metrics, other)


def _number(metric: Any) -> float | None:
    if metric.is_null:
        return None
    for name in _VALUES:
        if metric.HasField(name):
            value = getattr(metric, name)
            bits = _SIGNED_BITS.get(metric.datatype)
            if bits and name in ("int_value", "long_value"):
                value &= (1 << bits) - 1
                value -= (1 << bits) if value >> (bits - 1) else 0
            return float(value)
    return None


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


@dataclass(slots=True)
class EdgeNode:
    """What is known of one edge node: the next sequence number, and the names of the aliases of its birth certificates."""

    born: bool = False
    next_seq: int = 0
    aliases: dict[int, str] = field(default_factory=dict)
    session: float | None = None  # bdSeq of its birth


@dataclass(slots=True)
class Heard:
    """What a message brought: numbers by metric name, and whether the node has to be born again (its aliases or its order are lost)."""

    values: list[Metric]
    rebirth: bool = False


MAX_NODES = 5000


def _session(payload: Payload) -> float | None:
    """The number of the session that a birth opens and a death closes (bdSeq)."""
    return next((metric.value for metric in payload.metrics if metric.name == "bdSeq"), None)


class Edges:
    """The edge nodes of a broker."""

    def __init__(self) -> None:
        self.nodes: dict[str, EdgeNode] = {}

    def hear(self, topic: Topic, payload: Payload) -> Heard:
        """Take a message in its order. Values whose names are not known are left out and a rebirth is wanted."""
        node = self.nodes.get(topic.edge)
        if node is None:
            if len(self.nodes) >= MAX_NODES:
                self.nodes.pop(next(iter(self.nodes)))
            node = self.nodes[topic.edge] = EdgeNode()
        if topic.kind == "NDEATH":
            session = _session(payload)
            if session is None or node.session is None or session == node.session:
                node.born = False
            # else: the death of an earlier session, which came late
            return Heard([])
        if topic.kind == "NBIRTH":
            node.born, node.aliases, node.session = True, {}, _session(payload)
            node.next_seq = 0
        rebirth = not node.born
        if payload.seq is not None:
            if payload.seq != node.next_seq and topic.kind != "NBIRTH":
                rebirth = True
            node.next_seq = (payload.seq + 1) % 256
        if topic.kind in ("NBIRTH", "DBIRTH") and len(node.aliases) < 10 * MAX_METRICS:
            node.aliases |= {m.alias: m.name for m in payload.metrics if m.alias is not None and m.name}
        if topic.kind == "DDEATH":
            return Heard([], rebirth)
        values = []
        for metric, name in self._named(node, payload):
            if not name:
                rebirth = True
            elif metric.value is not None and isfinite(metric.value) and not metric.transient:
                values.append(Metric(name, metric.alias, metric.at or payload.at, metric.value, metric.historical))
        return Heard(values, rebirth)

    @staticmethod
    def _named(node: EdgeNode, payload: Payload) -> Iterator[tuple[Metric, str]]:
        for metric in payload.metrics:
            yield metric, metric.name or (node.aliases.get(metric.alias, "") if metric.alias is not None else "")


def rebirth_command(at: int) -> bytes:
    """The payload of an NCMD that asks a node for its birth certificates."""
    return encode([(REBIRTH, None, True)], at=at)
