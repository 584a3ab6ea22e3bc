"""Ask a broker whether the cluster is up, in Kafka's own words.

A port that accepts connections says little: the broker opens it before it is registered. The
answer to a metadata request names the brokers that the controller holds for alive. It is made by
hand here, 40 lines instead of a client, so that waiting needs no event loop.
"""

import socket
import struct

from infra.local.ports import HOST

_METADATA_KEY = 3
_METADATA_VERSION = 1
_TIMEOUT_S = 1.0


def alive_brokers(port: int) -> set[int]:
    """The ids of the alive brokers as the broker on `port` knows them; empty if it is not up."""
    try:
        with socket.create_connection((HOST, port), _TIMEOUT_S) as connection:
            connection.sendall(_metadata_request())
            size = struct.unpack(">i", _read(connection, 4))[0]
            return _broker_ids(_read(connection, size))
    except (OSError, EOFError, struct.error):
        # It does not listen, hangs up or answers in part: not up yet, whatever the reason.
        return set()


def _metadata_request() -> bytes:
    client = b"banzhang-probe"
    body = struct.pack(">hhih", _METADATA_KEY, _METADATA_VERSION, 1, len(client)) + client
    body += struct.pack(">i", 0)  # an empty list: of no topic
    return struct.pack(">i", len(body)) + body


def _read(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _broker_ids(answer: bytes) -> set[int]:
    # correlation id, then an array of {id, host, port, rack}; a null rack has length -1.
    (count,), at = struct.unpack_from(">i", answer, 4), 8
    ids = set()
    for _ in range(count):
        node_id, host_bytes = struct.unpack_from(">ih", answer, at)
        at += 6 + host_bytes + 4
        (rack_bytes,) = struct.unpack_from(">h", answer, at)
        at += 2 + max(0, rack_bytes)
        ids.add(node_id)
    return ids
