"""The run: the plan's faults one after the other, compared at every tenth, and a table at the end."""

import shutil
import time
from collections.abc import Callable
from itertools import islice
from typing import Final

from infra.local.folder import FolderLock
from tests.chaos.faults import DEEDS, Missed, NotHit, moment_for
from tests.chaos.oracle import Comparison
from tests.chaos.plan import Fault, plan
from tests.chaos.progress import FILE, Check, Hit, Progress
from tests.chaos.stage import AGAIN_MS, BEGIN_MS, FILES, Run, Stage, Stuck, the_pack
from tests.chaos.table import table
from tests.system.harness import NotRunning
from tests.system.platform import Moment, calls_in, repeats

RIGHT, WRONG, REFUSED = 0, 1, 2
COMPARED_EACH: Final = 10
"""Faults between two comparisons."""
_TRIES: Final = 5

Say = Callable[[str], None]


class OtherRun(Exception):
    """The folder holds a run that this one can't go on with; says how to mend it."""


async def chaos(run: Run, say: Say) -> int:
    """Do the run, or what is left of it. Returns the exit code."""
    lock = FolderLock(run.folder)
    lock.acquire()
    progress = taken_up(run)
    try:
        began_s = time.monotonic() - progress.seconds
        await _played(run, progress, began_s, say)
        say(table(progress))
        progress.is_over = True
        progress.write(run.folder)
        return verdict(progress, run.faults)
    except (Stuck, NotHit) as fault:
        say(table(progress))
        say(f"chaos: {fault}")
        return WRONG
    finally:
        lock.release()


def taken_up(run: Run) -> Progress:
    """The folder's run as it stands, or a new one where it is over. Raises `OtherRun`."""
    pack = the_pack().version
    progress = Progress.read(run.folder)
    if progress is None or progress.is_over:
        for name in (*FILES, FILE):
            shutil.rmtree(run.folder / name, ignore_errors=True)
            (run.folder / name).unlink(missing_ok=True)
        return Progress(seed=run.seed, brokers=run.brokers, pack=pack, event_ms=BEGIN_MS)
    if (progress.seed, progress.brokers) != (run.seed, run.brokers):
        raise OtherRun(
            f"{run.folder} holds a run with --seed {progress.seed} --brokers {progress.brokers}: "
            "name these, or another folder"
        )
    if progress.pack != pack:
        raise OtherRun(
            f"{run.folder} holds a run that was judged by another policy: name another folder"
        )
    progress.starts += 1
    progress.event_ms += AGAIN_MS
    return progress


async def _played(run: Run, progress: Progress, began_s: float, say: Say) -> None:
    async with Stage(run, progress) as stage:
        stage.source.flowing.set()
        await stage.caught_up()
        for fault in islice(plan(run.seed, run.kinds), len(progress.hits), run.faults):
            hit = await _done(stage, fault)
            progress.hits.append(hit)
            progress.seconds = time.monotonic() - began_s
            stage.remember()
            say(f"  {hit.number:>3} {hit.kind}: {hit.proof} ({hit.took_s:.1f} s)")
            if fault.number % COMPARED_EACH == 0 or fault.number == run.faults:
                check = await _checked(stage, fault.number)
                progress.checks.append(check)
                stage.remember()
                say(check.line)


async def _done(stage: Stage, fault: Fault) -> Hit:
    began_s = time.monotonic()
    stage.check_children()
    moment, proof = await _hit(stage, fault)
    if not fault.in_haste:
        await stage.caught_up()
    return Hit(
        number=fault.number,
        kind=fault.kind,
        committed=moment.committed,
        end=moment.end,
        took_s=round(time.monotonic() - began_s, 1),
        proof=proof,
    )


async def _hit(stage: Stage, fault: Fault) -> tuple[Moment, str]:
    """Do the fault; once more where it came too late."""
    for _ in range(_TRIES):
        moment = await moment_for(stage, fault.kind)
        try:
            return moment, await DEEDS[fault.kind](stage, fault.details())
        except (Missed, NotRunning, TimeoutError):
            # The fault before it, done in haste, was quicker: whom it was aimed at had ended.
            stage.staff(stage.progress.workers)
            await stage.caught_up()
    raise Stuck(f"{fault.kind}: it came too late {_TRIES} times; see {stage.logs}")


async def _checked(stage: Stage, faults: int) -> Check:
    found = await stage.compare()
    calls = calls_in(stage.calls)
    again = repeats(calls, stage.progress.spans)
    line = (
        f"{faults} faults · {found.events} events · {found.actions.expected} actions · "
        f"{found.actions.words}: DELIVERED {found.counts.delivered} MORE {found.counts.more} "
        f"LESS {found.counts.less} WRONG {found.counts.wrong} · {found.actions.repeated} repeats · "
        f"dead letters {found.buried} of {found.planted} planted, {found.misburied} wrong · "
        f"{len(calls)} ids performed, called once more: {again.unexplained} "
        f"(idempotent {again.again}, forgotten {again.forgotten}) · {found.unanswered} unanswered"
    )
    return Check(faults=faults, line=line, is_right=_is_right(found) and not again.unexplained)


def _is_right(found: Comparison) -> bool:
    return found.is_right and found.actions.expected > 0


def verdict(progress: Progress, faults: int) -> int:
    """The exit code of a run: right only if every comparison was, and every fault hit."""
    checks = progress.checks
    done = len(progress.hits) >= faults and bool(checks) and checks[-1].faults >= faults
    right = all(check.is_right for check in checks)
    hit = all(hit.in_the_middle for hit in progress.hits)
    return RIGHT if done and right and hit else WRONG
