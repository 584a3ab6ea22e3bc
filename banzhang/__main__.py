"""`banzhang COMMAND`: finds the command and runs it; faults end in one line and an exit code.

Only the chosen command's module is imported, so that help and faults come at once.
"""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from banzhang import __version__, outputs
from banzhang.failure import INTERRUPTED, USAGE, Failure


class Command(NamedTuple):
    """One command: its words, and its one line in the help. Its module has the words' name."""

    words: str
    summary: str

    @property
    def module(self) -> str:
        """The module that has `arguments`, `run` and the text of its help."""
        return "banzhang.commands." + self.words.replace(" ", "_")


COMMANDS: Final = (
    Command("up", "the whole system on this machine; Ctrl-C stops it, the data stays"),
    Command("demo", "a simulated school day on fresh data; ends by itself"),
    Command("topics create", "make the topics, or say what is wrong with them"),
    Command("scale", "more partitions, or fewer, while everything runs"),
    Command("worker", "one process that judges"),
    Command("adapter terminal", "show actions on this terminal as they come"),
    Command("adapter file", "events out of a file, actions into one"),
    Command("judge", "judge a file of events, with nothing running"),
    Command("backtest", "what a new policy pack would change, over a file of events"),
    Command("classify", "what is found in the texts of a file"),
    Command("simulate", "the events of past school days, made up"),
    Command("export", "a topic's records as JSON lines"),
    Command("explain", "why an action was taken"),
    Command("policy check", "read policy packs strictly"),
    Command("policy apply", "put a policy pack in force from here on"),
    Command("policy void", "let a policy go that was ordered and never published"),
    Command("lexicon check", "read word lists strictly"),
    Command("settings", "all settings, and where each value came from"),
)

_EXAMPLE: Final = """\
first steps:
  banzhang demo                      a school day in a minute, nothing needed
  banzhang up                        the system itself
  banzhang judge --policy policies/default.yaml events.jsonl
  banzhang COMMAND --help            what a command does, with an example

Every setting is a flag, or an environment variable of the same name: --kafka is BANZHANG_KAFKA.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code. Prints no traceback for what is foreseen."""
    outputs.prepare()
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except Failure as failure:
        for line in failure.lines:
            print(f"error: {line}" if failure.code == 1 else line, file=sys.stderr)
        return failure.code
    except BrokenPipeError:
        return _reader_left()
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _run(words: list[str]) -> int:
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_help())
        return 0
    if words[0] in {"-V", "--version"}:
        print(f"banzhang {__version__}")
        return 0
    command, rest = _chosen(words)
    module = importlib.import_module(command.module)
    about, _, example = (module.__doc__ or "").partition("\n\nExample")
    parser = argparse.ArgumentParser(
        prog=f"banzhang {command.words}",
        description=about,
        epilog=f"example{example}" if example else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.arguments(parser)
    run: Callable[[argparse.Namespace], int] = module.run
    options = _parsed(parser, rest)
    for line in importlib.import_module("banzhang.settings").strangers().values():
        print(line, file=sys.stderr)
    return run(options)


def _parsed(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """What the command is told to do. Raises SystemExit after a help and for a wrong word."""
    try:
        return parser.parse_args(words)
    finally:
        # Now, while a help that can't be written can still be told.
        sys.stdout.flush()


def _chosen(words: list[str]) -> tuple[Command, list[str]]:
    for command in COMMANDS:
        own = command.words.split()
        if words[: len(own)] == own:
            return command, words[len(own) :]
    family = [command for command in COMMANDS if command.words.split()[0] == words[0]]
    if family:
        known = "\n".join(f"  banzhang {command.words:<18} {command.summary}" for command in family)
        if len(words) > 1 and words[1] in {"-h", "--help"}:
            raise Failure(known, code=0)
        raise Failure(f"`banzhang {words[0]}` needs one more word:", known, code=USAGE)
    near = difflib.get_close_matches(words[0], [c.words.split()[0] for c in COMMANDS], n=1)
    mend = f"did you mean `banzhang {near[0]}`?" if near else "`banzhang --help` lists them"
    raise Failure(f"there is no command {words[0]!r}; {mend}", code=USAGE)


def _help() -> str:
    lines = [f"  {command.words:<18} {command.summary}" for command in COMMANDS]
    head = "usage: banzhang COMMAND [OPTIONS]\n\nModerates class groups: one log, one judge.\n"
    return "\n".join([head, "commands:", *lines, "", _EXAMPLE.rstrip()])


def _reader_left() -> int:
    """Whoever read our output wants no more (`| head`). The interpreter flushes once more at its
    end, and must find somewhere to write.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
