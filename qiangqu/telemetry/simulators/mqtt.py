"""Simulated devices that publish our own JSON form over MQTT with QoS 1, each signed in by its MN (模拟数据).

What the broker acknowledges it has taken over; the gateway acknowledges to the broker when it is on disk.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from qiangqu.base.errors import InputError

from ..mqtt.json_payload import ROOT
from .hj212 import Account, Plan, factors_of, names

MAX_DEVICES = 500  # each has a thread of its own
CONNECT = 15.0  # seconds


class MqttDevice:
    """One device. ``account`` is its own: paho calls back from its thread."""

    def __init__(self, mn: str, plan: Plan, seed: int) -> None:
        self.mn, self.account, self.window = mn, Account(), plan.window
        factors = factors_of(plan.factors)
        self._random = random.Random(seed)
        self._levels = [level for _code, level in factors]
        self._values = list(self._levels)
        self._form = '{"time": %d, "values": {' + ", ".join(f'"{code}": %.3f' for code, _level in factors) + "}}"
        self._topic = f"{ROOT}/{mn}/data"
        self._sent: dict[int, float] = {}
        self._done: deque[tuple[int, float]] = deque()
        self.refused = ""
        self.connected = False
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=mn, protocol=paho.MQTTv5)
        client.username_pw_set(mn, plan.password)
        client.max_inflight_messages_set(plan.window)
        client.reconnect_delay_set(1, 10)
        client.on_connect, client.on_publish = self._on_connect, self._on_publish
        client.connect(plan.host, plan.port, clean_start=False)
        client.loop_start()
        self.client = client

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.refused = str(reason)
        elif self.connected:
            self.account.reconnects += 1
        self.connected = True

    def _on_publish(self, _client: Any, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        self._done.append((mid, time.monotonic()))

    def drain(self) -> None:
        """Take note of what has been acknowledged."""
        while self._done:
            mid, at = self._done.popleft()
            sent = self._sent.pop(mid, None)
            if sent is not None:
                self.account.answered += 1
                self.account.points_answered += len(self._levels)
                self.account.latencies.append(at - sent)

    @property
    def waiting(self) -> int:
        """Messages that are not acknowledged."""
        return len(self._sent)

    def publish(self, seconds: int) -> None:
        """Publish one message for a time."""
        gauss = self._random.gauss
        self._values = [
            abs(value + 0.05 * (level - value) + gauss(0, 0.02) * level)
            for value, level in zip(self._values, self._levels, strict=True)
        ]
        now = time.monotonic()
        info = self.client.publish(self._topic, self._form % (seconds, *self._values), qos=1)
        self._sent[info.mid] = now
        self.account.frames += 1

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


async def run(plan: Plan, account: Account, report: Callable[[Account], None] | None = None) -> None:
    """Run the devices of a plan against a broker; ``account`` gets the sums. Times as in
    :func:`qiangqu.telemetry.simulators.hj212.run`.

    Raises OSError when the broker cannot be reached, InputError when it refuses a device.
    """
    if plan.devices > MAX_DEVICES:
        raise InputError(f"MQTT 最多模拟 {MAX_DEVICES} 个设备", where="--devices")
    devices: list[MqttDevice] = []
    try:
        for number, mn in enumerate(names(plan)):
            devices.append(MqttDevice(mn, plan, number))
        await _connected(devices)
        every = plan.devices * plan.factors / plan.rate
        end = None if plan.seconds is None else time.monotonic() + plan.seconds
        work = [
            asyncio.create_task(_live(device, every, number * every / plan.devices, end))
            for number, device in enumerate(devices)
        ]
        try:
            while not all(task.done() for task in work):
                await asyncio.wait(work, timeout=1.0, return_when=asyncio.FIRST_EXCEPTION)
                for task in work:
                    if task.done():
                        task.result()
                _sum(account, devices)
                if report is not None:
                    report(account)
        finally:
            for task in work:
                task.cancel()
    finally:
        _sum(account, devices)
        for device in devices:
            device.close()


async def _connected(devices: list[MqttDevice]) -> None:
    end = time.monotonic() + CONNECT
    while not all(device.connected for device in devices) and time.monotonic() < end:
        await asyncio.sleep(0.02)
    for device in devices:
        if device.refused:
            raise InputError(
                f"MQTT 服务器拒绝设备登录（{device.refused}），请先导出账号：qiangqu devices mosquitto", where=device.mn
            )
        if not device.connected:
            raise InputError("MQTT 服务器没有应答", where=device.mn)


async def _live(device: MqttDevice, every: float, first: float, end: float | None) -> None:
    past = int(time.time()) - 20 * 86_400
    due = time.monotonic() + first
    while end is None or time.monotonic() < end:
        device.drain()
        now = time.monotonic()
        if now < due or device.waiting >= device.window:
            await asyncio.sleep(min(max(due - now, 0.002), 0.5))
            continue
        due = max(due + every, now - 1.0)
        past += 1
        device.publish(past if every < 1.0 else int(time.time()))
        await asyncio.sleep(0)
    last = time.monotonic() + 30
    while device.waiting and time.monotonic() < last:
        device.drain()
        await asyncio.sleep(0.02)


def _sum(account: Account, devices: list[MqttDevice]) -> None:
    own = [device.account for device in devices]
    account.frames = sum(each.frames for each in own)
    account.answered = sum(each.answered for each in own)
    account.points_answered = sum(each.points_answered for each in own)
    account.reconnects = sum(each.reconnects for each in own)
    account.latencies.clear()
    for each in own:
        account.latencies.extend(each.latencies)
