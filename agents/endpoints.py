"""`/livez`, `/readyz` and `/metrics` over HTTP, in threads of their own.

They must answer while the event loop stands still: that is when they are asked for. Whoever asks
is not trusted: a request's head is bounded in bytes and in time, and so are those who ask at once.
"""

import contextlib
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from agents.exits import named
from agents.health import Answer, Health

log = logging.getLogger(__name__)

HEAD_BYTES_MAX: Final = 8 << 10
REQUEST_S: Final = 5.0
"""For all of a request and its answer: who sends a byte a second does not hold a thread."""
ASKERS_MAX: Final = 16
"""At once; further ones are cut off."""
_END: Final = b"\r\n\r\n"

REASONS: Final[Mapping[int, str]] = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Page(NamedTuple):
    """One answer."""

    status: int
    body: bytes = b""
    kind: str = "application/json"

    def bytes(self) -> bytes:
        """With its head."""
        head = [
            f"HTTP/1.1 {self.status} {REASONS[self.status]}",
            f"Content-Type: {self.kind}",
            f"Content-Length: {len(self.body)}",
            "Cache-Control: no-store",
            "Connection: close",
            *(["Allow: GET"] if self.status == 405 else []),
        ]
        return "\r\n".join(head).encode() + _END + self.body


class TooSlowError(Exception):
    """The request's time is over."""


class Endpoints(socketserver.ThreadingTCPServer):
    """Serves `health` and the metrics. Raises OSError where the port can't be opened."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = ASKERS_MAX

    def __init__(self, host: str, port: int, health: Health, request_s: float = REQUEST_S) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.request_s = request_s
        self.pages: Mapping[str, Callable[[], Page]] = {
            "/livez": lambda: _said(health.live()),
            "/readyz": lambda: _said(health.ready()),
            "/metrics": lambda: Page(200, generate_latest(REGISTRY), CONTENT_TYPE_PLAIN_0_0_4),
        }
        self._free = threading.BoundedSemaphore(ASKERS_MAX)
        super().__init__((host, port), Asker)

    @property
    def port(self) -> int:
        """The port that is open; another than asked for where that was 0."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from here on, in threads that do not keep the process."""
        threading.Thread(target=self.serve_forever, name="endpoints", daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the request a thread, if there is one left for it."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """In the thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A client that went away is no news; the base class would print a traceback."""

    def page(self, head: bytes) -> Page:
        """The answer to a request's head."""
        words = head.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return Page(400)
        page = self.pages.get(words[1].partition(b"?")[0].decode("latin-1"))
        if page is None:
            return Page(404)
        if words[0] != b"GET":
            return Page(405)
        try:
            return page()
        except Exception as fault:  # noqa: BLE001 — Whatever a metric does, the next request is answered.
            log.error("no answer: %s", named(fault))  # noqa: TRY400 — By its type alone.
            return Page(500)


class Asker(socketserver.BaseRequestHandler):
    """One connection, which brings one request."""

    server: Endpoints

    def setup(self) -> None:
        """The time runs from here."""
        self.until_s = time.monotonic() + self.server.request_s

    def handle(self) -> None:
        """Read the head, answer, and let the client read the answer before the end."""
        with contextlib.suppress(OSError):
            page = self._page()
            if page is None:
                return
            self._within()
            self.request.sendall(page.bytes())
            self.request.shutdown(socket.SHUT_WR)
            self._drain()

    def _page(self) -> Page | None:
        """The answer; None where the client left before it had asked."""
        head = b""
        try:
            while _END not in head:
                if len(head) > HEAD_BYTES_MAX:
                    return Page(431)
                self._within()
                part = self.request.recv(4096)
                if not part:
                    return None
                head += part
        except (TimeoutError, TooSlowError):
            # A moment to say so.
            self.until_s = time.monotonic() + 1.0
            return Page(408)
        return self.server.page(head)

    def _within(self) -> None:
        left_s = self.until_s - time.monotonic()
        if left_s <= 0:
            raise TooSlowError
        self.request.settimeout(left_s)

    def _drain(self) -> None:
        """What was not read makes the system throw the answer away; so read on, but not for long."""
        for _ in range(16):
            try:
                self._within()
            except TooSlowError:
                return
            if not self.request.recv(4096):
                return


def _said(answer: Answer) -> Page:
    return Page(200 if answer.yes else 503, msgspec.json.encode(answer.said) + b"\n")
