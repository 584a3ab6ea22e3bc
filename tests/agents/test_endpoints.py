"""The endpoints answer while the loop stands still, and hold out against whoever asks."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from agents import endpoints, metrics
from agents.endpoints import ASKERS_MAX, HEAD_BYTES_MAX, Endpoints
from agents.health import Answer, Health


class Told(Health):
    """Answers that a test sets."""

    alive = Answer(True, {"live": True})
    is_ready = Answer(False, {"ready": False, "reason": "recovering", "assigned": 8, "owned": 3})

    def live(self) -> Answer:
        return self.alive

    def ready(self) -> Answer:
        return self.is_ready


@pytest.fixture(scope="module")
def served() -> Iterator[Endpoints]:
    server = Endpoints("127.0.0.1", 0, Told(), request_s=1.0)
    server.start()
    yield server
    server.shutdown()
    server.server_close()


def asked(served: Endpoints, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def sent(served: Endpoints, *parts: bytes) -> bytes:
    """Bytes as they are; all that comes back until the other side ends."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as asker:
        found = b""
        try:
            for part in parts:
                asker.sendall(part)
            while part := asker.recv(65_536):
                found += part
        except ConnectionError:
            return found
        return found


def test_a_live_worker_says_so(served: Endpoints) -> None:
    status, head, body = asked(served, "/livez")

    assert (status, json.loads(body)) == (200, {"live": True})
    assert head["Content-Type"] == "application/json"


def test_one_that_is_not_ready_says_why_in_one_short_object(served: Endpoints) -> None:
    status, _, body = asked(served, "/readyz?verbose")

    assert status == 503
    assert json.loads(body) == {"ready": False, "reason": "recovering", "assigned": 8, "owned": 3}
    assert len(body) < 200


def test_metrics_are_served_as_prometheus_reads_them(served: Endpoints) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    metrics.REJECTS.labels("not_json").inc(0)
    status, head, body = asked(served, "/metrics")

    assert status == 200
    assert head["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {family.name for family in text_string_to_metric_families(body.decode())}
    assert {"banzhang_rejects", "banzhang_lag_seconds", "process_resident_memory_bytes"} <= found
    assert not any(name.endswith("_created") for name in found)


@pytest.mark.parametrize("path", ["/", "/metricsx", "/livez/", "/../etc/passwd", "/readyz%00"])
def test_other_paths_are_not_there(served: Endpoints, path: str) -> None:
    assert asked(served, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_but_get_is_taken(served: Endpoints, method: str) -> None:
    status, head, _ = asked(served, "/livez", method)

    assert (status, head["Allow"]) == (405, "GET")


@pytest.mark.parametrize("head", [b"\r\n\r\n", b"GET /livez\r\n\r\n", b"\xff\x00 a b c\r\n\r\n"])
def test_what_is_no_request_is_refused(served: Endpoints, head: bytes) -> None:
    assert sent(served, head).startswith(b"HTTP/1.1 400 ")


def test_a_head_that_is_too_large_is_refused(served: Endpoints) -> None:
    found = sent(served, b"GET /livez HTTP/1.1\r\nX: ", b"x" * (HEAD_BYTES_MAX + 1))

    assert found.startswith(b"HTTP/1.1 431 ")


def test_who_sends_a_byte_now_and_then_is_cut_off_in_time(served: Endpoints) -> None:
    answer, count = b"", 0
    with socket.create_connection(("127.0.0.1", served.port), timeout=0.2) as asker:
        while not answer and count < 100:
            asker.sendall(b"G")
            count += 1
            with contextlib.suppress(TimeoutError):  # nothing yet: the next byte
                answer = asker.recv(4096)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert count < 50, "a byte now and then kept the thread"


def test_many_who_say_nothing_do_not_keep_others_out_for_long(served: Endpoints) -> None:
    silent = [
        socket.create_connection(("127.0.0.1", served.port), timeout=20)
        for _ in range(3 * ASKERS_MAX)
    ]
    try:
        threads = sum("process_request_thread" in thread.name for thread in threading.enumerate())
        assert threads <= ASKERS_MAX
        deadline_s = time.monotonic() + 20
        while not _answers(served):
            assert time.monotonic() < deadline_s
    finally:
        for one in silent:
            one.close()


def _answers(served: Endpoints) -> bool:
    try:
        return asked(served, "/livez")[0] == 200
    except (ConnectionError, http.client.HTTPException):
        return False


def test_a_page_that_fails_is_no_end_of_the_others(
    served: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> bytes:
        raise ValueError("whispered")

    monkeypatch.setattr(endpoints, "generate_latest", fails)

    status, _, body = asked(served, "/metrics")

    assert (status, body) == (500, b"")
    assert asked(served, "/livez")[0] == 200


def test_a_client_that_goes_away_is_no_news(
    served: Endpoints, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        socket.create_connection(("127.0.0.1", served.port), timeout=20).close()
    asked(served, "/livez")

    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_an_error_of_the_system(served: Endpoints) -> None:
    with pytest.raises(OSError, match="in use"):
        Endpoints("127.0.0.1", served.port, Told())


def test_only_the_address_that_was_given_is_listened_on(served: Endpoints) -> None:
    assert served.server_address[0] == "127.0.0.1"
