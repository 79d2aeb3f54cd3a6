"""Where the gateway fetches data itself: what the connections file names."""

from pathlib import Path
from typing import Protocol

from django.conf import settings

from ..connections import Connections
from ..mqtt.client import FORMER_ID, MqttClient, client_id
from ..polling.modbus import ModbusPoller
from ..polling.opcua import OpcUaSubscriber
from .core import Gateway


class Source(Protocol):
    """Starts in the gateway's loop and gives it what it receives."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def sources(gateway: Gateway, connections: Connections) -> list[Source]:
    """A client for each broker, a poller for each Modbus device, a subscriber for each OPC UA server."""
    found: list[Source] = []
    if connections.mqtt:
        own = client_id(Path(settings.HOME))
        found += [MqttClient(gateway, broker, own) for broker in connections.mqtt]
        # what the session of an earlier release kept while the gateway stood still
        found += [MqttClient(gateway, broker, FORMER_ID, leaving=True) for broker in connections.mqtt]
    found += [ModbusPoller(gateway, device) for device in connections.modbus]
    found += [OpcUaSubscriber(gateway, device) for device in connections.opcua]
    return found
