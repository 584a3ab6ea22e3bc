"""The command line: help, faults, exit codes."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from banzhang.__main__ import COMMANDS, main
from schemas.action import encode_action
from schemas.policy import Pack
from streams.policy import compile_pack, pack_bytes, read_pack
from tests.strategies import INNOCENT, WHALE, Chat, message, opinion_of, suspecting

PACK = str(Path(__file__).parents[3] / "policies" / "default.yaml")
BASE = {"platform": "qq", "group_id": "g", "member_id": "m", "kind": "message"}


def flood(path: Path) -> Path:
    """A file of three equal messages in a row, and a line that is no event."""
    lines = [
        json.dumps(BASE | {"id": str(n), "sent_at": 1_700_020_000_000 + n, "text": "接龙"})
        for n in range(3)
    ]
    path.write_text("\n".join([*lines, "{}"]) + "\n", encoding="utf-8")
    return path


def banzhang(*words: str, **environ: str) -> list[str]:
    return [sys.executable, "-m", "banzhang", *words]


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    said = capsys.readouterr().out
    assert all(f"  {command.words} " in said for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_every_command_has_a_help_with_an_example(
    command: object, capsys: pytest.CaptureFixture[str]
) -> None:
    words = command.words  # type: ignore[attr-defined]

    with pytest.raises(SystemExit) as ended:
        main([*words.split(), "--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"usage: banzhang {words}" in said
    assert "example:" in said
    assert "banzhang " + words in said.partition("example:")[2]


def test_only_the_chosen_commands_module_is_imported() -> None:
    probe = "import sys; from banzhang.__main__ import main; main(['--help']); print(*sys.modules)"

    said = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    modules = said.stdout.splitlines()[-1].split()
    assert not {"faust", "aiokafka", "rich", "msgspec", "yaml"} & set(modules)


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["juge"], "did you mean `banzhang judge`?"),
        (["policy", "chek"], "banzhang policy check"),
        (["topics"], "banzhang topics create"),
        (["zzz"], "`banzhang --help` lists them"),
    ],
)
def test_an_unknown_command_is_answered_with_the_nearest(
    words: list[str], mend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert mend in capsys.readouterr().err


def test_judge_prints_actions_tells_bad_lines_and_ends_with_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = flood(tmp_path / "events.jsonl")

    assert main(["judge", "--policy", PACK, str(file)]) == 2

    said = capfd.readouterr()
    kinds = [json.loads(line)["kind"] for line in said.out.splitlines()]
    assert kinds == ["delete", "remind"]
    assert f"{file}:4: $.kind" in said.err or f"{file}:4: $" in said.err


def test_judge_reads_standard_input_whatever_the_locale(tmp_path: Path) -> None:
    file = flood(tmp_path / "events.jsonl")
    environ = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    done = subprocess.run(
        banzhang("judge", "--policy", PACK, "-"),
        input=file.read_bytes(),
        capture_output=True,
        env=environ,
        check=False,
    )

    assert done.returncode == 2
    assert "相同内容" in done.stdout.decode("utf-8")


def test_an_unusable_policy_is_one_line_a_fault_and_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "p.yaml"
    pack.write_text("id: x\ntitel: y\n", encoding="utf-8")

    assert main(["judge", "--policy", str(pack), "-"]) == 2

    lines = capsys.readouterr().err.splitlines()
    assert f'{pack}:2:1: unknown key "titel"; did you mean title?' in lines
    assert all(line.startswith(f"{pack}:") for line in lines)


def test_settings_of_a_pack_are_given_by_set(capsys: pytest.CaptureFixture[str]) -> None:
    plain = main(["policy", "check", PACK]), capsys.readouterr().out
    set_so = main(["policy", "check", "--set", "allow_ads=true", PACK]), capsys.readouterr().out

    assert plain[0] == set_so[0] == 0
    assert plain[1] != set_so[1]


@pytest.mark.parametrize("words", [["--set", "allow_ads"], ["--set", "no_such=1"]])
def test_a_setting_that_cannot_be_read_is_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "check", *words, PACK]) == 2
    assert capsys.readouterr().err.startswith("--set ")


@pytest.mark.parametrize("command", [["judge"], ["classify"], ["policy", "check"]])
def test_a_file_that_is_not_there_is_one_line(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, str(tmp_path / "none")]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert "No such file" in line


def test_classify_prints_each_line_with_what_was_found(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "texts.jsonl"
    texts = [
        {"text": "帮我集赞", "n": 1},
        {"text": "明天带水彩笔", "role": "teacher"},
        {"role": "x"},
    ]
    file.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")

    assert main(["classify", str(file)]) == 2

    said = capfd.readouterr()
    first, second = map(json.loads, said.out.splitlines())
    assert (first["n"], first["labels"]) == (1, ["vote_canvass"])
    match = first["matches"][0]
    assert first["text"][match["start"] : match["end"]] == match["text"]
    assert (second["labels"], second["matches"]) == ([], [])
    assert f"{file}:3:" in said.err


def test_classify_asks_lists_and_model_and_says_what_one_of_them_says_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "texts.jsonl"
    texts = [
        {"text": WHALE},
        {"text": WHALE, "role": "teacher"},
        {"text": f"{WHALE}，帮我集赞"},
        {"text": f"傻逼，{INNOCENT}"},
        {"text": "早"},
    ]
    file.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    known = opinion_of({"蓝鲸": "abuse"})
    monkeypatch.setattr("streams.text.model.opinion._shipped", lambda: known)

    assert main(["classify", str(file)]) == 0
    both = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert main(["classify", "--words", str(file)]) == 0
    words = [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    said = [(line["labels"], line["suspected"], line["doubted"]) for line in both]
    assert said == [
        (["abuse"], ["abuse"], []),
        ([], [], []),
        (["vote_canvass", "abuse"], ["abuse"], []),
        ([], [], ["abuse"]),
        ([], [], []),
    ]
    whole = {"label": "abuse", "text": WHALE, "start": 0, "end": len(WHALE)}
    assert both[0]["matches"] == [whole]
    assert [line["labels"] for line in words] == [[], [], ["vote_canvass"], ["abuse"], []]
    assert "suspected" not in words[0]


def test_classify_tells_of_a_line_that_can_t_be_said_again_and_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"text": "a"}\n{"text": "b", "n": 1e400}\n{"text": "c"}\n')

    assert main(["classify", "--words", str(file)]) == 2

    said = capfd.readouterr()
    assert [json.loads(line)["text"] for line in said.out.splitlines()] == ["a", "c"]
    assert f"{file}:2: Number out of range" in said.err


def test_explain_says_of_a_suspicion_that_nothing_was_found(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pack = read_pack(Path(PACK).read_text(encoding="utf-8"))
    assert isinstance(pack, Pack)
    actions = Chat(suspecting(compile_pack(pack_bytes(pack)))).send(message("e0", text=WHALE))
    file = tmp_path / "actions.jsonl"
    file.write_bytes(b"\n".join(map(encode_action, actions)))

    assert main(["explain", "--file", str(file), "--policy", PACK, actions[0].id]) == 0

    rows = [line.split(maxsplit=1) for line in capfd.readouterr().out.splitlines()]
    said = {row[0]: row[1].strip() for row in rows if len(row) == 2}
    assert said["suspected"] == "abuse"
    assert "found" not in said
    assert said["why"].startswith("程序怀疑内容涉及辱骂，但没有把握，请班主任亲自看过再定")
    assert said["clause"].startswith("default#D6: 文明用语")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "#dcb4",
            "#dcb4 stands for a member in a terminal's lines; `banzhang export actions` lists",
        ),
        ("dcb4", "an action's id has 32 characters; give the first 6 at least"),
    ],
)
def test_explain_tells_who_names_no_action_where_the_ids_are(
    given: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", given]) == 2

    assert told in capfd.readouterr().err


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "收到"}\n' * 20_000, encoding="utf-8")

    with subprocess.Popen(
        banzhang("classify", str(file)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_ctrl_c_ends_without_a_traceback() -> None:
    with subprocess.Popen(
        banzhang("classify", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        # The first answer says that the command has begun: an earlier signal would meet the
        # interpreter's own start.
        process.stdin.write('{"text": "收到"}\n'.encode() * 2_000)
        process.stdin.flush()
        process.stdout.readline()

        process.send_signal(signal.SIGINT)
        # Both at once: its last words may wait for room in the one that is not read.
        said = process.communicate()[1]

        assert (process.returncode, said) == (130, b"")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_every_command_keeps_the_seam(command: object) -> None:
    module = importlib.import_module(command.module)  # type: ignore[attr-defined]

    assert callable(module.arguments)
    assert callable(module.run)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    "words",
    [
        ["judge", "--policy", PACK, "FLOOD"],
        ["policy", "check", PACK],
        ["settings"],
        ["settings", "--json"],
        ["simulate", "--groups", "2", "--members", "9", "--days", "1", "--seed", "1"],
        ["--version"],
        ["judge", "--help"],
    ],
    ids=" ".join,
)
def test_output_that_cannot_be_written_is_one_line_and_1(words: list[str], tmp_path: Path) -> None:
    file = flood(tmp_path / "events.jsonl")
    file.write_text("\n".join(file.read_text(encoding="utf-8").splitlines()[:3]), encoding="utf-8")
    command = banzhang(*(str(file) if word == "FLOOD" else word for word in words))

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: standard output can't be written: No space left on device; ")


def test_output_that_came_closed_is_one_line_and_1() -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", *banzhang("--version")]

    done = subprocess.run(command, capture_output=True, check=False)

    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: standard output can't be written: ")


def test_a_reader_of_a_table_that_leaves_early_is_no_fault() -> None:
    read, write = os.pipe()
    os.close(read)

    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            banzhang("settings"), stdout=closed, stderr=subprocess.PIPE, check=False
        )

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_worker_whose_metrics_port_is_taken_ends_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = subprocess.run(
            banzhang("worker", "--metrics-port", str(port)), capture_output=True, check=False
        )

    assert done.returncode == 78
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("banzhang: exit metrics: ")
    assert f"(127.0.0.1 port {port}: Address already in use)" in line
    assert "BANZHANG_METRICS_PORT" in line


@pytest.mark.parametrize(
    "words", [["--clock", "x"], ["--commit-s", "-1"], ["--metrics-port", "70000"]], ids=" ".join
)
def test_a_worker_with_a_wrong_setting_is_one_line_and_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["worker", *words]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{words[0]} is '{words[1]}', but it must be ")


@pytest.mark.parametrize(
    "words",
    [
        ["demo", "--groups", "0"],
        ["demo", "--groups", "-1"],
        ["demo", "--messages", "-1"],
        ["demo", "--speed", "nan"],
        ["up", "--workers", "0"],
        ["topics", "create", "--partitions", "0"],
    ],
    ids=" ".join,
)
def test_a_count_that_cannot_be_is_one_line_and_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
