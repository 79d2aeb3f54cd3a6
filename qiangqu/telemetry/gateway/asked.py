"""Commands that people gave for devices: what became of them is written down, what waits is fetched."""

from typing import Any

from ..models import CommandState, DeviceCommand

MOST = 500  # fetched at once


def exchange(
    protocol: str, changes: list[tuple[int, dict[str, Any]]], connected: set[int]
) -> list[tuple[int, int, str, str]]:
    """Write changes; claim the waiting requests of connected devices of a protocol (a claim by two gateways
    succeeds for one): number, device, command, region of each.
    """
    for pk, change in changes:
        DeviceCommand.objects.filter(pk=pk).update(**change)
    waiting = DeviceCommand.objects.filter(state=CommandState.WAITING, device__protocol=protocol)
    rows = waiting.order_by("pk").values_list("pk", "device_id", "cn", "region")[:MOST]
    return [
        row
        for row in rows
        if row[1] in connected
        and DeviceCommand.objects.filter(pk=row[0], state=CommandState.WAITING).update(state=CommandState.SENT)
    ]
