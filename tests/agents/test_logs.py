"""The log holds coordinates and nobody's words, whoever logs and whatever goes wrong."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from agents import logs
from agents.exits import FAREWELL, leave
from tests.agents.fakes import Left

SECRET = "妈妈说的 whispered-word"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What is logged; afterwards everything is as it was before."""
    root, raising = logging.getLogger(), logging.raiseExceptions
    level, handlers = root.level, root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in (*logs.LIBRARIES, "mode.timers")}
    written = FAREWELL.written
    yield io.StringIO()
    root.setLevel(level)
    root.handlers[:] = handlers
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)
    logging.raiseExceptions = raising
    logging.captureWarnings(False)
    FAREWELL.written = written


def objects(said: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.getvalue().splitlines()]


def test_an_entry_is_one_object_a_line_with_its_coordinates_as_fields(said: io.StringIO) -> None:
    logs.configure("info", "json", said)

    logging.getLogger("agents.x").warning(
        "none in %d-%d\nhere", 3, 7, extra={"topic": "t.events", "partition": 2, "member": "m"}
    )

    [entry] = objects(said)
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "warning",
        "logger": "agents.x",
        "message": "none in 3-7 here",
        "topic": "t.events",
        "partition": 2,
    }


def test_the_partition_of_a_librarys_entry_becomes_its_coordinates(said: io.StringIO) -> None:
    logs.configure("info", "json", said)

    logging.getLogger("aiokafka.x").info("reset %s", TopicPartition("t.events", 5))

    [entry] = objects(said)
    assert (entry["message"], entry["partition"]) == ("reset t.events 5", 5)


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_libraries_log_holds_no_words_of_records_or_errors(
    form: str, said: io.StringIO
) -> None:
    logs.configure("debug", form, said)
    log = logging.getLogger("aiokafka.producer")

    class Request:
        def __repr__(self) -> str:
            return f"<Request {SECRET}>"

    log.debug("at debug level even in the template: " + SECRET)
    log.info("send k=%r v=%r in %s", SECRET.encode(), bytearray(b"whispered-word"), Request())
    log.info("many: %r", [SECRET.encode(), {"a": Request()}])
    log.info("by name: %(value)r", {"value": SECRET.encode()})
    log.info("does not fit: %s %s", SECRET.encode())  # noqa: PLE1206 - that is the point
    log.error("failed: %r", ValueError(SECRET))
    try:
        raise RuntimeError(SECRET) from ValueError(SECRET)
    except RuntimeError as fault:
        log.exception("crashed: %s", fault)  # noqa: TRY401 - as mode does
    logging.getLogger("py.warnings").warning("%s", f"x.py:1: RuntimeWarning: a\n{SECRET}")

    told = said.getvalue()
    assert "whispered" not in told
    assert "妈妈" not in told
    assert "debug level" not in told
    for word in ("<27 bytes>", "<Request>", "RuntimeError"):
        assert word in told
    assert "test_logs.py" in told, "the place of an error is told"


def test_our_own_loggers_speak_at_debug_level(said: io.StringIO) -> None:
    logs.configure("debug", "text", said)

    logging.getLogger("agents.judge").debug("judged %d", 5)

    assert "DEBUG agents.judge: judged 5" in said.getvalue()


def test_kafkas_own_words_are_kept(said: io.StringIO) -> None:
    logs.configure("info", "json", said)

    logging.getLogger("agents.x").warning("%s", KafkaTimeoutError("in 15 s"))

    assert "in 15 s" in objects(said)[0]["message"]


def test_an_error_that_nobody_waits_for_is_told_by_its_type(said: io.StringIO) -> None:
    logs.configure("info", "json", said)

    async def fails() -> None:
        raise ValueError(SECRET)

    async def forget() -> None:
        asyncio.get_running_loop().set_exception_handler(logs.tell_of_loop)
        task = asyncio.ensure_future(fails())
        await asyncio.wait([task])

    asyncio.run(forget())

    told = said.getvalue()
    assert "whispered" not in told
    assert '"error":"ValueError"' in told


def test_asyncios_own_words_end_with_their_first_line(said: io.StringIO) -> None:
    logs.configure("info", "text", said)

    logging.getLogger("asyncio").error(f"Task exception was never retrieved\n<Task {SECRET}>")

    assert "whispered" not in said.getvalue()
    assert "never retrieved" in said.getvalue()


def test_a_handler_that_fails_prints_no_arguments(
    said: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", "text", said)

    def fails(_: object) -> str:
        raise OSError(28, "no space")

    monkeypatch.setattr(logging.getLogger().handlers[0], "format", fails)
    logging.getLogger("agents.x").error("%s", SECRET)

    assert said.getvalue() == ""
    assert SECRET not in capsys.readouterr().err


def test_the_last_line_is_an_object_too_and_its_message_the_plain_line(said: io.StringIO) -> None:
    logs.configure("info", "json", said)

    with pytest.raises(Left) as left:
        leave("stalled", "9.1 s")

    entry = json.loads(str(left.value))
    assert entry["exit"] == "stalled"
    assert entry["level"] == "critical"
    assert entry["message"].startswith("banzhang: exit stalled: ")


def test_a_supervisor_finds_the_reason_in_both_forms() -> None:
    from banzhang.children import message_of

    line = "banzhang: exit stalled: it stood still; restart"

    assert message_of(line) == line
    assert message_of(logs.exit_object("stalled", line)) == line
    assert message_of("{no json") == "{no json"


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.just(object()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    )
)
def test_any_argument_gives_one_line_that_can_be_written(value: object) -> None:
    for template in ("%s", "%r", "%d", "no place"):
        entry = logging.LogRecord("a", 20, "p", 1, template, (value,), None)
        for formatter in (logs.JsonLines(), logs.PlainLines()):
            line = formatter.format(entry)
            assert "\n" not in line
            assert line.encode()


@given(st.binary(min_size=1))
def test_bytes_are_shown_by_their_length_alone(value: bytes) -> None:
    assert logs.shown(value) == f"<{len(value)} bytes>"
