"""OPC UA: the server tells of every change (a subscription, IEC 62541-4); numbers with their source time,
good or not.

A server answers a subscription item by item (5.12.2): those that it refuses are named, counted and asked for
again later. A node that is taken away while it is subscribed to just falls silent, so that all nodes are read
now and then only to see whether the server still has them.
"""

import asyncio
import contextlib
import json
import logging
import math
import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.common.subscription import DataChangeNotif, Subscription
from asyncua.crypto import cert_gen, security_policies
from cryptography.x509.oid import ExtendedKeyUsageOID

from ..connections import OpcUaDevice, OpcUaSecurity
from ..gateway.core import Gateway
from ..incoming import Reading, readings_of
from ..mqtt.json_payload import Value
from ..refused_items import Items

APPLICATION = "urn:qiangqu:gateway"  # must be the one in our certificate (IEC 62541-6, 6.2.2)
POLICIES: dict[str, Any] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes128Sha256RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256Sha256RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}
log = logging.getLogger(__name__)
RETRY_FIRST, RETRY_LAST = 1.0, 60.0
MAX_WAITING = 20_000
PART = 500  # nodes in one request
WATCH = 5.0  # seconds between two looks whether the server is still there
# seconds between two looks whether it still has all nodes, and between two attempts to subscribe to those
# refused
LOOK = 60.0
UNKNOWN = frozenset((ua.StatusCodes.BadNodeIdUnknown, ua.StatusCodes.BadNodeIdInvalid))


class OpcUaSubscriber:
    """One server's nodes. Changes gather for a moment and are stored together; after a break of the
    connection everything is subscribed anew.
    """

    def __init__(self, gateway: Gateway, device: OpcUaDevice, look: float = LOOK) -> None:
        self.gateway, self.device, self.look = gateway, device, look
        self.items = Items(gateway, device.mn, "opcua")
        self.task: asyncio.Task[None] | None = None
        # a reading, and the node and value that it was told as
        self._waiting: list[tuple[Reading, str, float]] = []
        self._names: Mapping[Any, Value] = {}
        self._missing: list[Any] = []  # node ids that the server refuses to watch
        self._lost = ""  # why the server ended the subscription

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    def datachange_notification(self, node: Any, value: Any, data: DataChangeNotif) -> None:
        """asyncua calls this for each change."""
        item = data.monitored_item.Value
        mapped = self._names.get(node.nodeid)
        if mapped is None:
            return
        if len(self._waiting) >= MAX_WAITING:
            self.items.refuse(mapped.path, "too_many")
            return
        if item.StatusCode is not None and not item.StatusCode.is_good():
            self._refuse(mapped, item.StatusCode)
            return
        told = math.nan
        if isinstance(value, bool | int | float):
            with contextlib.suppress(OverflowError):
                told = float(value) * mapped.scale + mapped.offset
        if not math.isfinite(told):
            self.items.refuse(mapped.path, "bad_value", f"{type(value).__name__} {str(value)[:40]}")
            return
        moment = item.SourceTimestamp or item.ServerTimestamp
        at = int(moment.timestamp() * 1000) if moment is not None else time.time_ns() // 1_000_000
        self.items.took(mapped.path)
        self._waiting.append((Reading(mapped.factor, at, told, mapped.statistic), mapped.path, value))

    def status_change_notification(self, status: ua.StatusChangeNotification) -> None:
        """asyncua calls this when the server ends the subscription."""
        self._lost = str(status.Status.name)

    def _refuse(self, value: Value, status: ua.StatusCode) -> None:
        why = "no_item" if status.value in UNKNOWN else "bad_status"
        self.items.refuse(value.path, why, status.name)

    async def _run(self) -> None:
        wait = RETRY_FIRST
        while True:
            try:
                await self._listen()
            except (OSError, ua.UaError, TimeoutError, ConnectionError, ValueError) as error:
                self.gateway.refuse(self.gateway.directory.speaking(self.device.mn, "opcua"), "no_answer")
                log.warning("OPC UA 服务器 %s 的连接断开：%s", self.device.url, error)
            await asyncio.sleep(wait)
            wait = min(RETRY_LAST, wait * 2)

    async def _listen(self) -> None:
        device = self.device
        client = Client(device.url, timeout=5, watchdog_intervall=WATCH)
        client.application_uri = APPLICATION
        if device.security is not None:
            await secure(client, device.security)
        async with client:
            self._names = {ua.NodeId.from_string(node): value for node, value in device.values.items()}
            self._lost = ""
            subscription = await client.create_subscription(device.every * 1000, self)
            await self._subscribe(client, subscription, list(self._names))
            looked = time.monotonic()
            while not self._lost:
                await asyncio.sleep(min(1.0, device.every))
                await client.check_connection()
                await self._store()
                if time.monotonic() - looked >= self.look:
                    looked = time.monotonic()
                    await self._look(client)
                    await self._subscribe(client, subscription, self._missing)
            raise ConnectionError(f"服务器结束了订阅：{self._lost}")

    async def _subscribe(self, client: Client, subscription: Subscription, nodes: Sequence[Any]) -> None:
        """Have the nodes watched; those that the server refuses wait for the next time."""
        missing = []
        for at in range(0, len(nodes), PART):
            part = nodes[at : at + PART]
            answers = await subscription.subscribe_data_change([client.get_node(node) for node in part])
            listed = answers if isinstance(answers, list) else [answers]
            for node, answer in zip(part, listed, strict=True):
                if isinstance(answer, ua.StatusCode):
                    missing.append(node)
                    self._refuse(self._names[node], answer)
                else:
                    self.items.took(self._names[node].path)
        self._missing = missing

    async def _look(self, client: Client) -> None:
        """See whether the server still has the nodes that it watches for us."""
        watched = [node for node in self._names if node not in self._missing]
        for at in range(0, len(watched), PART):
            part = watched[at : at + PART]
            answers = await client.uaclient.read_attributes(part, ua.AttributeIds.Value)
            for node, answer in zip(part, answers, strict=True):
                if answer.StatusCode is None or not answer.StatusCode.is_bad():
                    continue
                if answer.StatusCode.value in UNKNOWN:  # subscribed anew when it is there again
                    self._missing.append(node)
                else:
                    self._refuse(self._names[node], answer.StatusCode)

    async def _store(self) -> None:
        """Store what gathered; what could not be stored waits for the next time."""
        if not self._waiting:
            return
        known = self.gateway.directory.speaking(self.device.mn, "opcua")
        if known is None:
            self.gateway.note_stranger(self.device.mn, "opcua", self.device.url[:64], str(len(self._waiting)))
            self._waiting.clear()
            return
        part, self._waiting = self._waiting[:2000], self._waiting[2000:]
        key = f"{self.device.mn}|opcua|{time.time_ns()}"
        told = [{"node": node, "time": reading.at, "value": value} for reading, node, value in part]
        message = f"opcua {self.device.url}", json.dumps(told).encode()
        region = readings_of([reading for reading, _node, _value in part])
        if not await self.gateway.stored(known, region, "realtime", key, message):
            self._waiting = part + self._waiting


async def secure(client: Client, security: OpcUaSecurity) -> None:
    """Have the client sign and encrypt, and speak to no server but the one whose certificate is given."""
    await client.set_security(
        POLICIES[security.policy],
        str(security.certificate),
        str(security.private_key),
        server_certificate=str(security.server_certificate),
        mode=ua.MessageSecurityMode.SignAndEncrypt,
    )
    if security.username:
        client.set_user(security.username)
        client.set_password(security.password)


async def make_certificate(key: Path, certificate: Path) -> None:
    """Make our own key and certificate; those that are there and hold are left. The key is readable by its
    owner only.
    """
    mask = os.umask(0o077)
    try:
        await cert_gen.setup_self_signed_certificate(
            key,
            certificate,
            APPLICATION,
            socket.gethostname(),
            [ExtendedKeyUsageOID.CLIENT_AUTH],
            {"commonName": "qiangqu gateway", "organizationName": "qiangqu"},
        )
    finally:
        os.umask(mask)
    certificate.chmod(0o644)
