"""``/metrics`` of the gateway, in the text format of Prometheus."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from .core import Gateway


class _Figures(Collector):
    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def collect(self) -> Iterator[Any]:
        gateway = self.gateway
        yield GaugeMetricFamily("qiangqu_gateway_connections", "Open connections", value=len(gateway.connections))
        yield GaugeMetricFamily("qiangqu_gateway_devices", "Devices connected", value=len(gateway.by_device))
        yield GaugeMetricFamily(
            "qiangqu_gateway_commit_seconds", "Time of the last commit", value=gateway.commit_seconds
        )
        waits = sorted(gateway.waits)
        if waits:
            family = GaugeMetricFamily(
                "qiangqu_gateway_mqtt_wait_seconds", "From arrival to acknowledgement, recent", labels=["quantile"]
            )
            for share in (0.5, 0.99):
                family.add_metric([str(share)], waits[int(share * (len(waits) - 1))])
            yield family
        for name, help_text, label, counts in (
            ("qiangqu_gateway_events", "What happened", "event", gateway.counters),
            ("qiangqu_gateway_refused", "What could not be taken in", "reason", gateway.refused),
            ("qiangqu_gateway_quirks", "Departures from the standard that were taken in", "quirk", gateway.quirks),
        ):
            events = CounterMetricFamily(name, help_text, labels=[label])
            for key, value in list(counts.items()):
                events.add_metric([str(key)], value)
            yield events


def serve(gateway: Gateway, host: str, port: int) -> tuple[Any, int]:
    """Answer ``GET /metrics`` in a thread of its own; gives the server (to shut down) and its port."""
    registry = CollectorRegistry()
    registry.register(_Figures(gateway))
    server, _thread = start_http_server(port, host, registry)
    return server, server.server_port
