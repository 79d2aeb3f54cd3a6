"""OPC UA: the server tells of every change (a subscription, IEC 62541-4); numbers with their source time, good or not."""

import asyncio
import json
import logging
import math
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.common.subscription import DataChangeNotif
from asyncua.crypto import cert_gen, security_policies
from cryptography.x509.oid import ExtendedKeyUsageOID

from ..connections import OpcUaDevice, OpcUaSecurity
from ..gateway.server import Gateway
from ..incoming import Reading, region_of
from ..mqtt.json_payload import Value

APPLICATION = "urn:qiangqu:gateway"  # must be the one in our certificate (IEC 62541-6, 6.2.2)
POLICIES: dict[str, Any] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes128Sha256RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256Sha256RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}
log = logging.getLogger(__name__)
RETRY_FIRST, RETRY_LAST = 1.0, 60.0
MAX_WAITING = 20_000
WATCH = 5.0  # seconds between two looks whether the server is still there


class OpcUaSubscriber:
    """One server's nodes. Changes gather for a moment and are stored together; after a break of the connection everything is subscribed anew."""

    def __init__(self, gateway: Gateway, device: OpcUaDevice) -> None:
        self.gateway, self.device = gateway, device
        self.task: asyncio.Task[None] | None = None
        self._waiting: list[tuple[Reading, str, float]] = []  # a reading, and the node and value that it was told as
        self._names: Mapping[Any, Value] = {}

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
        if mapped is None or len(self._waiting) >= MAX_WAITING:
            self.gateway.refuse(None, "too_many")
            return
        if item.StatusCode is not None and not item.StatusCode.is_good():
            self.gateway.refuse(self.gateway.directory.speaking(self.device.mn, "opcua"), "bad_status")
            return
        if isinstance(value, bool | int | float) and math.isfinite(value):
            moment = item.SourceTimestamp or item.ServerTimestamp
            at = int(moment.timestamp() * 1000) if moment is not None else time.time_ns() // 1_000_000
            reading = Reading(mapped.factor, at, float(value) * mapped.scale + mapped.offset, mapped.statistic)
            self._waiting.append((reading, mapped.path, value))
        else:
            self.gateway.refuse(self.gateway.directory.speaking(self.device.mn, "opcua"), "bad_value")

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
            subscription = await client.create_subscription(device.every * 1000, self)
            await subscription.subscribe_data_change([client.get_node(node) for node in self._names])
            while True:
                await asyncio.sleep(min(1.0, device.every))
                await client.check_connection()
                await self._store()

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
        region = region_of([reading for reading, _node, _value in part])
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
    """Make our own key and certificate; those that are there and hold are left. The key is readable by its owner only."""
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
