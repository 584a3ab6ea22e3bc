"""The quick look: takes in messages to which nothing follows, and stops at the first other one.

Nineteen of twenty messages are new, in order, and lead to nothing. They are taken in here by one
loop without calls; whatever might need more is left untouched for the careful way
(`streams.judge`), which alone decides. So this is an optimisation of that way and no second judge:
`tests/property/test_skim.py` holds the two against each other.
"""

from collections.abc import Mapping, MutableSequence, Sequence
from typing import Final

from schemas.event import Event, Message, Rejected
from schemas.record import Record
from streams.fingerprints import ACKNOWLEDGED, Prints
from streams.idrow import ID_KEPT_MAX, SHORT_ID_MAX
from streams.policy.compile import Policy
from streams.said import NOTHING
from streams.state import LET_IN, TOLD, Group, Member
from streams.windows import SLACK, shrink

AHEAD_MS: Final = 60_000
"""A record may be this much ahead of the log's own clock, and no more."""


def skim(  # noqa: C901, PLR0912, PLR0915 - one loop without calls is its purpose
    at: int,
    records: Sequence[Record],
    events: Sequence[Event | Rejected],
    groups: Mapping[bytes, Group],
    default: Policy | None,
    packs: Mapping[str, Policy | None],
    prints_of: Prints,
    touched: MutableSequence[Group],
) -> int:
    """Take in plain messages from index `at` on; the index of the first record that is none.

    Each condition stands before the first change, so that a record is taken in whole or left as
    it is. `default` judges the groups that name no policy.
    """
    known = prints_of.known
    for at in range(at, len(events)):  # noqa: B020, PLR1704 - the index is the answer
        event = events[at]
        if event.__class__ is not Message:
            return at
        record = records[at]
        group = groups.get(record.key)  # type: ignore[arg-type]
        if group is None or group.group_id != event.group_id or group.platform != event.platform:
            return at
        head, sent_at, changed = group.head, event.sent_at, group.changed
        if (
            record.offset <= group.offset
            or sent_at < head.clock
            or 0 < head.next_at <= sent_at
            or sent_at - AHEAD_MS > record.timestamp > 0
        ):
            return at
        if len(changed) >= group.unmeasured_until and event.member_id not in changed:
            return at
        policy = packs.get(head.policy) if head.policy else default
        if policy is None or head.judged_by != policy.ref.version:
            return at
        if policy.asks_approval and not head.approved:
            return at
        member = group.members.get(event.member_id)
        if member.__class__ is not Member:
            return at
        times, ids, prints, event_id = member.times, member.ids, member.prints, event.id
        count = len(times)
        if (
            not member.is_present
            or head.began < 0
            or (count and sent_at < times[-1])
            or sent_at <= member.dropped
            or f"\x1f{event_id}\x1f" in ids
            or len(event_id) > ID_KEPT_MAX
            or (len(event_id) > SHORT_ID_MAX and not event_id.isascii())
            or not event_id.isprintable()
            or (event.platform_role is not None and event.platform_role != member.rank)
        ):
            return at
        if group.settled is not None and event.member_id not in group.settled:
            return at
        if group.asked and event.member_id in group.asked:
            return at
        if member.role in policy.posters:
            return at
        if (
            head.is_rostered
            and member.role in policy.strangers
            and not member.noted & (TOLD | LET_IN)
        ):
            return at
        text, lines = known.get(event.text) or prints_of.of(event.text)
        if text == ACKNOWLEDGED and policy.chains and (event.reply_to or not group.chain_is_over):
            return at
        if lines and (
            lines >= policy.run_min
            or (
                count
                and (
                    not prints[-1]
                    or (
                        prints[-1] == text
                        and (policy.run_min == 2 or (count > 1 and prints[-2] in (text, 0)))
                    )
                )
            )
        ):
            return at
        for before, within_ms in policy.rate_bounds:
            if count >= before and sent_at - times[-before] < within_ms:
                return at
        if not policy.calm_from <= sent_at < policy.calm_until and not policy.is_calm(sent_at):
            return at
        minds = policy.minds
        if (
            minds.anything
            or (event.attachments and minds.attachments)
            or (event.mentions and minds.mentions)
            or (event.reply_to and minds.replies)
        ):
            return at
        if policy.names_children and head.is_rostered and text > 0:
            children = group.named_children
            if children is None or children.named(event.text):
                return at
        if (
            policy.reader is not None
            and policy.said(event.text, member.role, event.attachments) is not NOTHING
        ):
            return at
        if policy.is_watched_in(event.text):
            return at
        if policy.suspicions is not None and policy.suspected_in(event.text, member.role):
            return at
        times.append(sent_at)
        member.ids = f"{ids}{event_id}\x1f"
        prints.append(text)
        if count >= policy.ring + SLACK:
            shrink(member, count + 1 - policy.ring)
        member.seen = sent_at
        if member.role in policy.staff:
            head.staff_at = sent_at
        else:
            head.others_at = sent_at
            head.spoken += 1
        head.clock = sent_at
        group.offset = record.offset
        changed[event.member_id] = member
        if not group.last_id:
            touched.append(group)
        group.last_id = event_id
    return len(events)
