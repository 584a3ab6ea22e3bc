"""Write `kafka.lock.json` anew: `python -m infra.local.resolve_jars`, called by `make lock`."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import truststore
from jgo.maven import Artifact, MavenContext

from infra.local.jar_lock import KAFKA_VERSION, LOCK, Jar, sha256_of

# Kafka's jars bring log4j, but not the bridge to it from the interface that Kafka writes to.
# Without the bridge the broker logs nothing at all.
_ROOTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",
)


def resolve(repository: Path) -> list[Jar]:
    """Resolve Kafka's dependencies anew, with the jars fetched into `repository`."""
    context = MavenContext(repo_cache=repository)
    jars: dict[str, Jar] = {}
    # One root at a time: resolved together, each root's managed versions would rule over the
    # other's dependencies, and log4j's parent names an old kafka-clients.
    for root in _ROOTS:
        inputs, transitive = context.resolver.resolve([context.create_dependency(root)])
        for dependency in [*inputs, *transitive]:
            artifact = dependency.artifact
            module = f"{artifact.groupId}:{artifact.artifactId}"
            # Kafka's choice of a version stands; the bridge takes what is there.
            if module not in jars:
                jars[module] = _jar(artifact)
    return list(jars.values())


def _jar(artifact: Artifact) -> Jar:
    path = artifact.resolve()
    coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
    if artifact.classifier or artifact.packaging != "jar":
        raise AssertionError(f"{coordinate} is no plain jar; the lock has no words for it")
    return Jar(
        coordinate=coordinate,
        file=path.name,
        size=path.stat().st_size,
        sha256=sha256_of(path),
    )


def main() -> None:
    """Resolve, fetch, hash, and write the lock."""
    truststore.inject_into_ssl()
    with tempfile.TemporaryDirectory() as folder:
        jars = resolve(Path(folder))
    entries = {"kafka": KAFKA_VERSION, "jars": [asdict(jar) for jar in jars]}
    LOCK.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    print(f"{LOCK.name}: {len(jars)} files, {sum(jar.size for jar in jars) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
