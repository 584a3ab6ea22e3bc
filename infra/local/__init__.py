"""Real Kafka and Redis as processes of this machine, with nothing installed before.

`Cluster` runs Apache Kafka in KRaft mode and `RedisServer` runs Redis. Both keep all their
files in one folder, listen on the loopback interface alone, and end with the process that
started them, however it ends. They are what `banzhang up`, the demo, the system tests and the
benchmark stand on.

Every fault is a `LocalError`: one sentence that says what is wrong and how to mend it, with the
log file named where there is one.
"""

from infra.local.cluster import FAST_START, THROUGHPUT, Cluster, JvmOptions
from infra.local.errors import LocalError
from infra.local.redis_server import RedisServer

__all__ = ["FAST_START", "THROUGHPUT", "Cluster", "JvmOptions", "LocalError", "RedisServer"]
