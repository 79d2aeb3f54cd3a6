"""The gateway as a client of an MQTT broker: what is published with QoS 1 is acknowledged when it is on disk,
not before.

A persistent session under a fixed client id: what was not acknowledged (a crash, a failed commit) is
delivered again by the broker. paho is used directly because acknowledging by hand is what this needs (aiomqtt
2 acknowledges on receipt); its network loop runs in a thread of its own and hands messages over to the
gateway's loop.

Topics: ``qiangqu/<MN>/…`` carries our own JSON form of the device MN; a broker's access list ("pattern write
qiangqu/%u/#", see :mod:`qiangqu.telemetry.mqtt.accounts`) keeps a device to its own. Other topics are read
where the connections file maps them; ``spBv1.0/#`` as Sparkplug B.

What the broker replays is nothing new. Retained messages are not asked for (MQTT 5, 3.8.3.1), and a broker
that sends them all the same marks them (3.3.1.3): they are acknowledged, counted and left, whatever their
topic. What is delivered a second time (DUP) is no sign of life of its device; its batch id is that of the
first delivery, also for a message without a time of its own: of those a second id, without the arrival, is
noted beside the first.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from qiangqu.base.errors import InputError

from ..connections import Broker
from ..gateway.core import Gateway
from ..gateway.directory import Known
from ..incoming import readings_of
from ..refused_items import Items, shown
from . import json_payload, sparkplug
from .json_payload import ROOT, Parsed

log = logging.getLogger(__name__)
RECEIVE_MAXIMUM = 4000  # messages that the broker may send before the first of them is acknowledged
SESSION_SECONDS = 7 * 86_400
FORMER_ID = "qiangqu-gateway"  # of earlier releases: a name that every device could take
FORMER_QUIET = 5.0  # seconds without a message after which the former session is empty
REBIRTH_EVERY = 60.0  # seconds between two requests to one node
RETRY = 5.0
MAX_COMPLAINTS = 1000  # topics of which the log said that their messages cannot be read


@dataclass(frozen=True, slots=True)
class _Delivery:
    """How a message came: ``arrival`` ms UTC, of a redelivered one its first if that is known; ``again``: the
    broker brings it another time.
    """

    topic: str
    payload: bytes
    mid: int
    arrival: int
    again: bool
    remembered: bool
    acknowledge: Callable[[bool], None]


def client_id(home: Path) -> str:
    """The gateway's client id, made once for a node and kept in its home.

    It cannot be guessed: at a broker whoever signs in under the id of another client takes its session over,
    and with it the messages that wait for it, whatever his account (MQTT 5, 3.1.4). It stays the same,
    because the session stays at the broker.
    """
    kept = home / "mqtt-client-id"
    if not kept.exists():
        fresh = home / f".mqtt-client-id.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(f"qiangqu-{secrets.token_hex(12)}\n", encoding="utf-8")
        fresh.replace(kept)
    return kept.read_text(encoding="utf-8").strip()


class MqttClient:
    """One broker's client."""

    def __init__(self, gateway: Gateway, broker: Broker, client_id: str, *, leaving: bool = False) -> None:
        """``leaving``: take what waits in this id's session, if there is one, and give it up."""
        self.gateway, self.broker, self.leaving = gateway, broker, leaving
        self._came = 0.0  # when a message came last (monotonic)
        self.by_topic = {device.topic: device for device in broker.devices}
        self.by_source = {device.source: device for device in broker.sparkplug}
        self.edges = sparkplug.Edges()
        self.subscribed = asyncio.Event()
        self._asked: dict[str, float] = {}
        self._items: dict[tuple[str, str], Items] = {}
        self._seen: dict[str, set[str]] = {}  # paths of mapped topics that were there once
        self._complained: set[str] = set()
        # by packet number: what it was, and when it came first
        self._unsettled: dict[int, tuple[bytes, int]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        # of the connection: an acknowledgement belongs to the one that brought the message
        self._generation = 0
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=True,
        )
        if broker.username:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set()
        client.reconnect_delay_set(1, 30)
        client.on_connect, client.on_message, client.on_disconnect = (
            self._on_connect,
            self._on_message,
            self._on_disconnect,
        )
        client.on_subscribe = self._on_subscribe
        self.client = client

    async def start(self) -> None:
        """Connect in the background; a broker that is not there is tried again until :meth:`stop`."""
        self._loop = asyncio.get_running_loop()
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_SECONDS
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self.client.connect_async(
            self.broker.host, self.broker.port, keepalive=30, clean_start=False, properties=properties
        )
        self.client.loop_start()

    async def stop(self) -> None:
        """Leave the broker; the session stays there, with what is not acknowledged."""
        self._stopping = True
        self.client.disconnect()
        await asyncio.get_running_loop().run_in_executor(None, self.client.loop_stop)

    # --- paho's thread

    def _on_connect(self, client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("MQTT 服务器 %s:%s 拒绝连接：%s", self.broker.host, self.broker.port, reason)
            self._count("mqtt_refused")
            return
        self._generation += 1
        if self.leaving:
            assert self._loop is not None
            if flags.session_present:
                client.unsubscribe([*self._topics(), *self.by_topic])
            self._came = time.monotonic()
            self._loop.call_soon_threadsafe(self.subscribed.set)
            self._loop.call_soon_threadsafe(self._leave, flags.session_present)
            return
        # retained messages are not sent, and of live ones the flag is cleared: a set flag means a replay
        how = SubscribeOptions(qos=1, retainAsPublished=False, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        client.subscribe([(topic, how) for topic in self._topics()])
        self._count("mqtt_connections")

    def _topics(self) -> list[str]:
        """What is subscribed to; no message matches two of them, or the broker would bring it twice."""
        own, all_sparkplug = f"{ROOT}/+/#", f"{sparkplug.NAMESPACE}/#"
        return [own, *(topic for topic in self.by_topic if not topic.startswith(f"{ROOT}/")), all_sparkplug]

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("MQTT 服务器 %s:%s 不许订阅：%s", self.broker.host, self.broker.port, reasons)
            self._count("mqtt_refused")
        elif self._loop is not None:
            self._loop.call_soon_threadsafe(self.subscribed.set)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not self._stopping:
            log.warning("与 MQTT 服务器 %s:%s 的连接断开：%s", self.broker.host, self.broker.port, reason)
        if self._loop is not None and not self._loop.is_closed() and not self.leaving:
            self._loop.call_soon_threadsafe(self.subscribed.clear)

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        assert self._loop is not None
        arrival = time.time_ns() // 1_000_000
        self._loop.call_soon_threadsafe(self._take, message, arrival, self._generation)

    def _count(self, what: str) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.gateway.counters.update, [what])

    # --- the gateway's loop

    def _leave(self, waiting: bool) -> None:
        """Give the session up when nothing comes any more."""
        assert self._loop is not None
        if waiting and (self._unsettled or time.monotonic() - self._came < FORMER_QUIET):
            self._loop.call_later(FORMER_QUIET / 2, self._leave, True)
        elif not self._stopping:
            self._stopping = True
            ending = Properties(PacketTypes.DISCONNECT)
            ending.SessionExpiryInterval = 0
            self.client.disconnect(properties=ending)

    def _take(self, message: Any, came: int, generation: int) -> None:
        self._came = time.monotonic()
        topic, payload, mid = message.topic, message.payload, message.mid
        content = blake2b(topic.encode() + b"\0" + payload, digest_size=16).digest()
        first = self._unsettled.get(mid) if message.dup else None
        remembered = first is not None and first[0] == content
        arrival = first[1] if remembered and first is not None else came
        if message.qos:
            self._unsettled[mid] = content, arrival

        def acknowledge(stored: bool) -> None:
            if not stored:
                self._again()
            elif generation == self._generation:
                self.client.ack(mid, message.qos)
                self._unsettled.pop(mid, None)
                self.gateway.waits.append(time.time() - came / 1000)
            # else: on this connection the number may be another message's; the broker brings this one again
            # and it is seen to be a repeat

        if message.retain:
            self.gateway.counters["mqtt_retained"] += 1
            acknowledge(True)
            return
        delivery = _Delivery(topic, payload, mid if message.qos else 0, arrival, message.dup, remembered, acknowledge)
        try:
            if topic.startswith(f"{sparkplug.NAMESPACE}/"):
                taken = self._sparkplug(delivery)
            else:
                taken = self._json(delivery)
        except InputError as error:
            # a message that cannot be read will not become readable: counted, and acknowledged so that the
            # broker does not bring it for ever
            self.gateway.refuse(self._device_of(topic), "bad_payload")
            self._complain(topic, error.message)
            taken = False
        except Exception:
            # our own fault: the message must not come back for ever and hold up all others
            self.gateway.refuse(self._device_of(topic), "failed")
            log.exception("MQTT 报文处理出错，已跳过（%s）", topic[:120])
            taken = False
        if not taken:
            acknowledge(True)

    def _complain(self, topic: str, why: str) -> None:
        """Say once of a topic that a message on it cannot be read; every one is counted."""
        if topic not in self._complained and len(self._complained) < MAX_COMPLAINTS:
            self._complained.add(topic)
            log.warning("MQTT 报文不能读取（%s）：%s；这个主题以后只计数", shown(topic[:120]), shown(why))

    def _device_of(self, text: str) -> Any:
        """The registered device whose topic this is."""
        topic = sparkplug.topic_of(text)
        if topic is not None:
            return self.gateway.directory.speaking(self._sparkplug_mn(topic), "sparkplug")
        known = self.by_topic.get(text)
        parts = text.split("/")
        mn = known.mn if known else parts[1] if len(parts) > 1 and parts[0] == ROOT else ""
        return self.gateway.directory.speaking(mn, "mqtt") if mn else None

    def _items_of(self, device: Known) -> Items:
        mn = device.mn.decode()
        key = mn, device.protocol
        if key not in self._items:
            self._items[key] = Items(self.gateway, mn, device.protocol)
        return self._items[key]

    def _again(self) -> None:
        """Have the broker deliver again what is not acknowledged: that is what a new connection does."""
        if not self._stopping:
            asyncio.get_running_loop().call_later(RETRY, self.client.reconnect)

    def _json(self, delivery: _Delivery) -> bool:
        topic, payload = delivery.topic, delivery.payload
        mapped = self.by_topic.get(topic)
        parts = topic.split("/")
        if mapped is None and (len(parts) < 2 or parts[0] != ROOT):
            return False
        mn = mapped.mn if mapped is not None else parts[1]
        device = self.gateway.directory.speaking(mn, "mqtt")
        if device is None:
            self._stranger(mn, "mqtt", topic, payload)
            return False
        if mapped is not None:
            parsed = json_payload.parse_mapped(payload, mapped.map, delivery.arrival)
        else:
            parsed = json_payload.parse_own(payload, delivery.arrival)
        items = self._items_of(device)
        known = self._seen.setdefault(topic, set()) if mapped is not None else set()
        for item, why in parsed.refused:
            if why == json_payload.NO_ITEM and item in known:  # a device may send what changed only
                items.absent(item, "item_absent")
            else:
                items.refuse(item, why)
        bad = {item for item, _why in parsed.refused}
        for item in parsed.found:
            if item not in bad:
                items.took(item)
        if mapped is not None:
            known.update(parsed.found)
        return self._store(device, parsed, delivery)

    def _store(self, device: Known, parsed: Parsed, delivery: _Delivery) -> bool:
        readings = readings_of(parsed.readings)
        topic, payload = delivery.topic, delivery.payload
        identity = topic.encode() + b"\0" + payload
        if parsed.timed:
            key, beside = self._key(device, identity), ""
            if parsed.readings and not delivery.again:
                device.tally.skew = delivery.arrival - parsed.readings[0].at
        else:
            beside = self._key(device, identity + f"\0{delivery.mid}".encode(), "mqtt-again") if delivery.mid else ""
            key = self._key(device, identity + str(delivery.arrival).encode())
            # brought first before this process began
            if delivery.again and not delivery.remembered and beside:
                key, beside = beside, ""
        message = topic, payload
        self.gateway.store(
            device,
            readings,
            parsed.interval,
            key,
            delivery.acknowledge,
            message,
            beside=beside,
            alive=not delivery.again,
        )
        return True

    @staticmethod
    def _key(device: Known, identity: bytes, kind: str = "mqtt") -> str:
        return f"{device.mn.decode()}|{kind}|{blake2b(identity, digest_size=16).hexdigest()}"

    def _stranger(self, mn: str, protocol: str, topic: str, payload: bytes) -> None:
        if 0 < len(mn) <= 40 and mn.isascii() and all(c.isalnum() or c in "_.-" for c in mn):
            sample = f"{topic[:200]} {payload[:700].decode('utf-8', 'replace')}"
            self.gateway.note_stranger(mn, protocol, f"mqtt {self.broker.host}:{self.broker.port}", sample)
        else:
            self.gateway.refuse(None, "bad_topic")

    def _sparkplug_mn(self, topic: sparkplug.Topic) -> str:
        mapped = self.by_source.get(topic.source)
        return mapped.mn if mapped else topic.source.replace("/", ".")

    def _sparkplug(self, delivery: _Delivery) -> bool:
        topic = sparkplug.topic_of(delivery.topic)
        if topic is None:
            return False
        heard = self.edges.hear(topic, sparkplug.decode(delivery.payload))
        if heard.rebirth:
            self._ask_rebirth(topic)
        mn = self._sparkplug_mn(topic)
        device = self.gateway.directory.speaking(mn, "sparkplug")
        if device is None:
            if heard.birth:
                self._stranger(mn, "sparkplug", delivery.topic, ", ".join(sorted(heard.names)).encode())
            return False
        mapped = self.by_source.get(topic.source)
        if mapped is None:
            return False
        items = self._items_of(device)
        read = sparkplug.read(heard, mapped.values, delivery.arrival)
        for name, why, detail in read.refused:
            items.refuse(name, why, detail)
        for name in read.good:
            items.took(name)
        if not read.readings:
            return False
        return self._store(device, Parsed(read.readings, "realtime", read.timed), delivery)

    def _ask_rebirth(self, topic: sparkplug.Topic) -> None:
        now = time.monotonic()
        if now - self._asked.get(topic.edge, -REBIRTH_EVERY) < REBIRTH_EVERY:
            return
        if len(self._asked) > sparkplug.MAX_NODES:
            self._asked.clear()
        self._asked[topic.edge] = now
        self.gateway.counters["rebirths_asked"] += 1
        self.client.publish(
            f"{sparkplug.NAMESPACE}/{topic.group}/NCMD/{topic.node}",
            sparkplug.rebirth_command(time.time_ns() // 1_000_000),
        )
