"""Serving the metrics: as an ASGI application to mount, or on a port of its own."""

from collections.abc import Awaitable, Callable
from threading import Thread
from typing import Any, Final, cast
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, make_asgi_app, start_http_server

METRICS_PORT: Final = 9464
"""Where Prometheus looks for Hypertool."""

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def metrics_app(registry: CollectorRegistry) -> Asgi:
    """An ASGI application that answers every path with the registry's metrics."""
    return cast("Asgi", make_asgi_app(registry))


def serve_metrics(
    registry: CollectorRegistry, port: int = METRICS_PORT, address: str = "127.0.0.1"
) -> tuple[WSGIServer, Thread]:
    """Export on a port, from a thread; `server.shutdown()` ends it. Raises OSError if the port is taken."""
    return start_http_server(port, address, registry)
