"""The files at the project's root keep their promises: locks, compose file, make, addresses."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", re.MULTILINE)

# In two parts each, because this file is searched as well.
REGISTRIES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "repo.maven" + ".apache.org",
    "repo1.maven" + ".org",
    "registry.npmjs" + ".org",
    "deb.debian" + ".org",
    "archive.ubuntu" + ".com",
    "docker" + ".io",
    "ghcr" + ".io",
]


def pins(lock: Path) -> dict[str, str]:
    return dict(PINNED.findall(lock.read_text(encoding="utf-8")))


def name_of(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_every_locked_package_has_a_hash() -> None:
    for lock in LOCKS:
        entries = re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8").strip())
        assert entries
        for entry in entries:
            assert re.match(PINNED, entry), (lock.name, entry[:80])
            assert "--hash=sha256:" in entry, (lock.name, entry[:80])


def test_all_locks_agree_on_every_version() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for lock in LOCKS:
        for package, version in pins(lock).items():
            known, where = seen.setdefault(package, (version, lock.name))
            assert known == version, f"{package} is {known} in {where}, {version} in {lock.name}"


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = pins(ROOT / "requirements" / "runtime.txt")

    assert {name_of(wanted) for wanted in project["dependencies"]} <= set(locked)


def test_no_file_of_the_project_names_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().rstrip("\0").split("\0"):
        path = ROOT / name
        if path.is_file():
            text = path.read_bytes().decode(errors="replace").lower()
            assert not [host for host in REGISTRIES if host in text], name


def test_make_alone_lists_every_target_with_a_line_of_help() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    targets = [line.split()[0] for line in listed.splitlines()]
    for target in ("env", "demo", "test", "check", "bench", "schemas", "lock", "clean"):
        assert target in targets


def test_an_old_python_is_refused_with_the_way_out(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        old = tmp_path / name
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit\nexit 1\n')
        old.chmod(0o755)

    refused = subprocess.run(
        ["/bin/bash", str(ROOT / "infra" / "make_env.sh"), str(tmp_path / "venv"), "none.txt"],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert "Python 3.11 or later is needed, and Python 3.9.2 was found" in refused.stderr
    assert not (tmp_path / "venv").exists()


def compose_file() -> dict[str, Any]:
    """The compose file as docker-compose reads it; without one, as it is written."""
    command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    if shutil.which(command[0]) is not None:
        shown = subprocess.run(
            [*command, "config"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        # A docker without its compose plug-in knows no such command; that is no verdict.
        if command[0] == "docker-compose" or "unknown command" not in shown.stderr:
            assert shown.returncode == 0, shown.stderr
            loaded = yaml.safe_load(shown.stdout)
            assert isinstance(loaded, dict)
            return loaded
    written = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(written, dict)
    return written


def test_the_compose_file_is_accepted_and_holds_the_whole_system() -> None:
    services = compose_file()["services"]

    assert set(services) == {"kafka", "redis", "topics", "worker", "adapter"}
    assert services["topics"]["command"][:2] == ["topics", "create"]
    assert services["worker"]["command"] == ["worker"]
    assert services["adapter"]["command"] == ["adapter", "terminal"]
    assert all("healthcheck" in services[name] for name in ("kafka", "redis"))
    assert services["topics"]["restart"] == "on-failure"
    assert all("restart" in service for service in services.values())


def test_the_compose_file_publishes_nothing_beyond_this_machine() -> None:
    for name, service in compose_file()["services"].items():
        for port in service.get("ports", []):
            address = port["host_ip"] if isinstance(port, dict) else str(port)
            assert address.startswith("127.0.0.1"), name


def test_the_containers_of_the_project_have_no_rights_to_lose() -> None:
    services = compose_file()["services"]

    for name in ("topics", "worker", "adapter"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_the_embedded_kafka_and_the_compose_file_are_the_same_version() -> None:
    lock = json.loads((ROOT / "infra" / "local" / "kafka.lock.json").read_text(encoding="utf-8"))

    assert compose_file()["services"]["kafka"]["image"] == f"apache/kafka:{lock['kafka']}"


def test_everything_that_the_image_is_built_from_gets_into_its_context() -> None:
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["packages"])

    assert packages <= allowed
    assert {"pyproject.toml", "requirements/runtime.txt", "requirements/build.txt"} <= allowed


def test_the_ci_script_runs_the_tests_by_make() -> None:
    script = ROOT / ".ci" / "run"

    assert script.stat().st_mode & 0o111, "it must be executable"
    assert re.search(r"^make check test$", script.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE", "CHANGELOG.md"])
def test_the_licence_and_its_companions_are_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert text.strip()
    if name == "LICENSE":
        assert "Apache License" in text
        assert "END OF TERMS AND CONDITIONS" in text
