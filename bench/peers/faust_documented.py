"""Faust as its documentation shows it: records, tables, one message at a time.

The tables live in Faust's default store (memory) with a changelog topic each. The hopping window
is read half its size back, as the documentation reads the past (`.delta`): the newest window
begins at the newest step and so holds next to nothing, the one half a window back holds at least
the last 30 s, which is what the input asks for (see `bench.workload`).

Run as `python -m bench.peers.faust_documented worker` with the environment that
`bench.contenders` gives it.
"""

from os import environ

import faust

from bench.rules import RATE, RATE_LIMIT, REPEAT, REPEAT_LIMIT, REPEAT_WINDOW_MS

WINDOW_S = 60.0
STEP_S = 30.0


class Message(faust.Record, serializer="json"):
    """A record of the input."""

    id: str
    kind: str
    platform: str
    group_id: str
    member_id: str
    sent_at: int
    text: str


class Member(faust.Record, serializer="json"):
    """What is known of a member beside the window."""

    text: str = ""
    run: int = 0
    run_began_at: int = 0
    rate_found_at: int = 0
    strikes: int = 0


class Action(faust.Record, serializer="json"):
    """A finding, as written."""

    id: str
    member_id: str
    strikes: int
    rule: str


app = faust.App(
    environ["BENCH_GROUP"],
    broker=f"kafka://{environ['BENCH_KAFKA']}",
    topic_partitions=int(environ["BENCH_PARTITIONS"]),
    topic_replication_factor=1,
    consumer_auto_offset_reset="earliest",
)
messages = app.topic(environ["BENCH_SOURCE"], key_type=bytes, value_type=Message)
actions = app.topic(environ["BENCH_ACTIONS"], key_type=bytes, value_type=Action)
members = app.Table("members", default=Member, value_type=Member)
# No `expires`: it goes by the wall clock, and would drop windows of an input that lies in the past.
rates = app.Table("rates", default=int).hopping(WINDOW_S, STEP_S)


@app.agent(messages)
async def judge(stream: faust.StreamT[Message]) -> None:
    """Judge one message after the other by the rules of `bench.rules`."""
    async for message in stream:
        who = f"{message.group_id}|{message.member_id}"
        member = members[who]
        now = message.sent_at
        rates[who] += 1
        fresh = now - member.rate_found_at >= WINDOW_S * 1000
        if fresh and rates[who].delta(WINDOW_S - STEP_S) >= RATE_LIMIT:
            member.rate_found_at = now
            member.strikes += 1
            await tell(message, member, RATE)
        if message.text == member.text and now - member.run_began_at < REPEAT_WINDOW_MS:
            member.run += 1
        else:
            member.text, member.run, member.run_began_at = message.text, 1, now
        if member.run == REPEAT_LIMIT:
            member.strikes += 1
            await tell(message, member, REPEAT)
        members[who] = member


async def tell(message: Message, member: Member, rule: str) -> None:
    """Write an action, keyed as its message was."""
    action = Action(id=message.id, member_id=message.member_id, strikes=member.strikes, rule=rule)
    await actions.send(key=f"{message.platform}:{message.group_id}".encode(), value=action)


if __name__ == "__main__":
    app.main()
