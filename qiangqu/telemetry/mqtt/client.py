"""The gateway as a client of an MQTT broker: what is published with QoS 1 is acknowledged when it is on disk, not before.

A persistent session under a fixed client id: what was not acknowledged (a crash, a failed commit) is delivered again by the broker. paho is used
directly because acknowledging by hand is what this needs (aiomqtt 2 acknowledges on receipt); its network loop runs in a thread of its own and hands
messages over to the gateway's loop.

Topics: ``qiangqu/<MN>/…`` carries our own JSON form of the device MN; a broker's access list ("pattern write qiangqu/%u/#", see
:mod:`qiangqu.telemetry.mqtt.accounts`) keeps a device to its own. Other topics are read where the connections file maps them; ``spBv1.0/#`` as
Sparkplug B.
"""

import asyncio
import logging
import time
from hashlib import blake2b
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from qiangqu.base.errors import InputError

from ..connections import Broker
from ..gateway.server import Gateway
from ..incoming import Reading, region_of
from . import json_payload, sparkplug
from .json_payload import ROOT, Parsed

log = logging.getLogger(__name__)
RECEIVE_MAXIMUM = 4000  # messages that the broker may send before the first of them is acknowledged
SESSION_SECONDS = 7 * 86_400
REBIRTH_EVERY = 60.0  # seconds between two requests to one node
RETRY = 5.0


class MqttClient:
    """One broker's client."""

    def __init__(self, gateway: Gateway, broker: Broker, client_id: str = "qiangqu-gateway") -> None:
        self.gateway, self.broker = gateway, broker
        self.by_topic = {device.topic: device for device in broker.devices}
        self.by_source = {device.source: device for device in broker.sparkplug}
        self.edges = sparkplug.Edges()
        self.subscribed = asyncio.Event()
        self._asked: dict[str, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._generation = 0  # of the connection: an acknowledgement belongs to the one that brought the message
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

    def _on_connect(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("MQTT 服务器 %s:%s 拒绝连接：%s", self.broker.host, self.broker.port, reason)
            self._count("mqtt_refused")
            return
        self._generation += 1
        topics = [(f"{ROOT}/+/#", 1), *((topic, 1) for topic in self.by_topic)]
        topics.append((f"{sparkplug.NAMESPACE}/#", 1))
        client.subscribe(topics)
        self._count("mqtt_connections")

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("MQTT 服务器 %s:%s 不许订阅：%s", self.broker.host, self.broker.port, reasons)
            self._count("mqtt_refused")
        elif self._loop is not None:
            self._loop.call_soon_threadsafe(self.subscribed.set)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not self._stopping:
            log.warning("与 MQTT 服务器 %s:%s 的连接断开：%s", self.broker.host, self.broker.port, reason)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.subscribed.clear)

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        assert self._loop is not None
        arrival = time.time_ns() // 1_000_000
        self._loop.call_soon_threadsafe(
            self._take, message.topic, message.payload, message.qos, message.mid, arrival, self._generation
        )

    def _count(self, what: str) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.gateway.counters.update, [what])

    # --- the gateway's loop

    def _take(self, topic: str, payload: bytes, qos: int, mid: int, arrival: int, generation: int) -> None:
        def acknowledge(stored: bool) -> None:
            if not stored:
                self._again()
            elif generation == self._generation:
                self.client.ack(mid, qos)
                self.gateway.waits.append(time.time() - arrival / 1000)
            # else: on this connection the number may be another message's; the broker brings this one again and it is seen to be a repeat

        try:
            if topic.startswith(f"{sparkplug.NAMESPACE}/"):
                taken = self._sparkplug(topic, payload, arrival, acknowledge)
            else:
                taken = self._json(topic, payload, arrival, acknowledge)
        except InputError as error:
            # a message that cannot be read will not become readable: counted, and acknowledged so that the broker does not bring it for ever
            self.gateway.refuse(self._device_of(topic), "bad_payload")
            log.info("MQTT 报文不能读取（%s）：%s", topic[:120], error.message)
            taken = False
        except Exception:
            # our own fault: the message must not come back for ever and hold up all others
            self.gateway.refuse(self._device_of(topic), "failed")
            log.exception("MQTT 报文处理出错，已跳过（%s）", topic[:120])
            taken = False
        if not taken:
            acknowledge(True)

    def _device_of(self, topic: str) -> Any:
        known = self.by_topic.get(topic)
        parts = topic.split("/")
        mn = known.mn if known else parts[1] if len(parts) > 1 and parts[0] == ROOT else ""
        return self.gateway.directory.speaking(mn, "mqtt") if mn else None

    def _again(self) -> None:
        """Have the broker deliver again what is not acknowledged: that is what a new connection does."""
        if not self._stopping:
            asyncio.get_running_loop().call_later(RETRY, self.client.reconnect)

    def _json(self, topic: str, payload: bytes, arrival: int, acknowledge: Any) -> bool:
        mapped = self.by_topic.get(topic)
        if mapped is not None:
            mn, parsed = mapped.mn, None
        else:
            parts = topic.split("/")
            if len(parts) < 2 or parts[0] != ROOT:
                return False
            mn, parsed = parts[1], None
        device = self.gateway.directory.speaking(mn, "mqtt")
        if device is None:
            self._stranger(mn, "mqtt", topic, payload)
            return False
        if mapped is not None:
            parsed = json_payload.parse_mapped(payload, mapped.map, arrival)
        else:
            parsed = json_payload.parse_own(payload, arrival)
        return self._store(device, parsed, topic, payload, arrival, acknowledge)

    def _store(self, device: Any, parsed: Parsed, topic: str, payload: bytes, arrival: int, acknowledge: Any) -> bool:
        region = region_of(parsed.readings)
        identity = topic.encode() + b"\0" + payload + (b"" if parsed.timed else str(arrival).encode())
        key = f"{device.mn.decode()}|mqtt|{blake2b(identity, digest_size=16).hexdigest()}"
        if parsed.timed and parsed.readings:
            device.tally.skew = arrival - parsed.readings[0].at
        self.gateway.store(device, region, parsed.interval, key, acknowledge, (topic, payload))
        return True

    def _stranger(self, mn: str, protocol: str, topic: str, payload: bytes) -> None:
        if 0 < len(mn) <= 40 and mn.isascii() and all(c.isalnum() or c in "_.-" for c in mn):
            sample = f"{topic[:200]} {payload[:700].decode('utf-8', 'replace')}"
            self.gateway.note_stranger(mn, protocol, f"mqtt {self.broker.host}:{self.broker.port}", sample)
        else:
            self.gateway.refuse(None, "bad_topic")

    def _sparkplug(self, text: str, payload: bytes, arrival: int, acknowledge: Any) -> bool:
        topic = sparkplug.topic_of(text)
        if topic is None:
            return False
        heard = self.edges.hear(topic, sparkplug.decode(payload))
        if heard.rebirth:
            self._ask_rebirth(topic)
        mapped = self.by_source.get(topic.source)
        mn = mapped.mn if mapped else topic.source.replace("/", ".")
        device = self.gateway.directory.speaking(mn, "sparkplug")
        if device is None:
            if topic.kind in ("NBIRTH", "DBIRTH"):
                names = ", ".join(metric.name for metric in heard.values)
                self._stranger(mn, "sparkplug", text, names.encode())
            return False
        readings = []
        for metric in heard.values:
            value = mapped.values.get(metric.name) if mapped else None
            if value is not None and metric.value is not None:
                readings.append(
                    Reading(
                        value.factor, metric.at or arrival, metric.value * value.scale + value.offset, value.statistic
                    )
                )
        if not readings:
            return False
        return self._store(device, Parsed(readings, "realtime", True), text, payload, arrival, acknowledge)

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
