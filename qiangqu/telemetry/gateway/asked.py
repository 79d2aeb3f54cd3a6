"""Commands that people gave for devices: sent, repeated while nobody answers, and what became of them written down.

A protocol says how a command is sent (:meth:`Requests.ask`) and recognises its answers; when to repeat, when to give
up, and the database are the same for all.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..models import CommandState, DeviceCommand
from .directory import Known

if TYPE_CHECKING:
    from .core import Gateway

MOST = 500  # fetched at once
OVERTIME, RECOUNT = 10.0, 3  # seconds without an answer until a request is sent again; how often


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


@dataclass(slots=True, kw_only=True)
class Open:
    """A request under way. ``number`` is what its answer will say; ``wait`` seconds are given for it;
    ``accepted``: the device said that it will, so it is not sent again.
    """

    pk: int | None  # of the command; None: the gateway's own
    device: Known
    number: Any
    raw: bytes
    wait: float
    deadline: float = 0.0
    attempts: int = 1
    accepted: bool = False

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.wait


Request = TypeVar("Request", bound=Open)


class Requests(Generic[Request]):
    """The requests of one gateway for devices of one protocol, by device and number. ``slower``: each repeat is
    waited for longer, the n-th n + 1 times as long as the one before.
    """

    protocol: str
    slower = False

    def __init__(self, gateway: "Gateway", overtime: float = OVERTIME, recount: int = RECOUNT) -> None:
        self.gateway = gateway
        self.overtime, self.recount = overtime, recount
        self.open: dict[tuple[bytes, Any], Request] = {}
        self._changes: list[tuple[int, dict[str, Any]]] = []

    def ask(self, device: Known, pk: int, cn: str, region: str) -> bool:
        """Send a person's command to a device; False when it is not connected here."""
        raise NotImplementedError

    def sent(self, request: Request, said: str) -> None:
        """Note a request that was sent; ``said`` is its number for people."""
        self.open[request.device.mn, request.number] = request
        self.gateway.counters["requests"] += 1
        self.change(request, state=CommandState.SENT, qn=said, attempts=1)

    def end(self, request: Request, state: CommandState, **more: Any) -> None:
        """A request is over."""
        self.open.pop((request.device.mn, request.number), None)
        self.change(request, state=state, **more)

    def change(self, request: Request, **changes: Any) -> None:
        """Note what is to be written of a request."""
        if request.pk is not None:
            self._changes.append((request.pk, changes))

    def _again(self, request: Request, now: float) -> None:
        connection = self.gateway.by_device.get(request.device.mn)
        if request.accepted or request.attempts > self.recount or connection is None:
            self.end(request, CommandState.SILENT)
            return
        connection.send(request.raw)
        request.attempts += 1
        if self.slower:
            request.wait *= request.attempts
        request.deadline = now + request.wait
        self.change(request, attempts=request.attempts)

    async def tick(self) -> None:
        """Once a second: repeat what is overdue, write down what changed, fetch new requests."""
        now = time.monotonic()
        for request in list(self.open.values()):
            if now >= request.deadline:
                self._again(request, now)
        changes, self._changes = self._changes, []
        connected = {device.pk: device for device in self.gateway.speaking(self.protocol)}
        if not changes and not connected:
            return
        try:
            waiting = await self.gateway.database(exchange, self.protocol, changes, set(connected))
        except Exception:  # for example a database that is locked for long
            self._changes = changes + self._changes
            self.gateway.counters["housekeeping_failed"] += 1
            return
        for pk, device, cn, region in waiting:
            if not self.ask(connected[device], pk, cn, region):
                self._changes.append((pk, {"state": CommandState.WAITING}))
