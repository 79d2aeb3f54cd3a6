"""What the operator's monitoring reads: ``/healthz`` and ``/metrics`` (Prometheus text format), and
``Server-Timing`` on every answer.

``/metrics`` names no record and no person, but it tells how busy the node is: it is answered to loopback, and
to others only with the token in ``QIANGQU_METRICS_TOKEN``.
"""

import hmac
import os
import time
from collections.abc import Callable

from django.db import connection
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from qiangqu.ui.uploads import scanning

SCANNER = Gauge("qiangqu_virus_scanner", "1 when uploads are scanned for viruses", multiprocess_mode="max")
REQUESTS = Counter("qiangqu_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "qiangqu_request_seconds",
    "Server time of a request in seconds",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30),
)


class MonitoringMiddleware:
    """Counts requests by route name (never by address, which would grow without bound) and tells the browser
    the server time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        match = request.resolver_match
        route = (match.view_name or match.route) if match else "unmatched"
        REQUESTS.labels(route, request.method or "", str(response.status_code)).inc()
        SECONDS.labels(route).observe(seconds)
        response.headers["Server-Timing"] = f"app;dur={seconds * 1000:.1f}"
        return response


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the node can answer from its database, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error as error:
        return JsonResponse({"status": "failed", "database": type(error).__name__}, status=503)
    return JsonResponse({"status": "ok"})


def metrics(request: HttpRequest) -> HttpResponse:
    """All workers' metrics together when ``PROMETHEUS_MULTIPROC_DIR`` is set (``qiangqu serve`` sets it)."""
    token = os.environ.get("QIANGQU_METRICS_TOKEN", "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    if not local and not (token and hmac.compare_digest(token, given)):
        return HttpResponse(status=404)
    SCANNER.set(int(scanning.is_on()))
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest()
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)
