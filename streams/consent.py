"""What the group's own people must agree to: that the group is judged at all, and by which pack."""

from typing import Final

from schemas.event import Command, Message
from streams.acts import ROLE_WORDS
from streams.decide import answer_each
from streams.explain import sentence
from streams.identity import hash64
from streams.parts import CONSENT, Consent
from streams.rules.filters import fits
from streams.rules.finding import Finding
from streams.state import Group
from streams.turn import Cause, Turn

ASKED_MAX: Final = 8


def ask_approval(turn: Turn, event: Message) -> None:
    """The first message of a group that nobody approved yet: whoever approves is told, once."""
    if not turn.policy.asks_approval or turn.group.head.approved or turn.late:
        return
    asked = turn.group.part(CONSENT, Consent).asked
    group = turn.about_group()
    for bound in turn.policy.about("group"):
        if bound.rule.id not in asked and fits(group, bound):
            asked.append(bound.rule.id)
            because = "本群尚未获得批准"
            answer_each(group, [Finding(bound=bound, evidence=(event.id,), because=because)])
    del asked[:-ASKED_MAX]


def order_policy(turn: Turn, event: Command, named: str) -> None:
    """Another pack shall judge the group: from this record on, or when all have agreed who must."""
    quorum = turn.policy.pack.policy_quorum
    if quorum is None:
        turn.group.head.policy = named
        return
    if named == turn.policy.ref.version:
        refuse(turn)
        return
    consent = turn.group.part(CONSENT, Consent)
    consent.policy, consent.approvals = named, []
    if not _agreed(turn, consent):
        _ask_for_policy(turn, event)


def agree(turn: Turn, event: Command) -> None:
    """One more approves the pack that was ordered; the last one puts it in force."""
    consent = turn.group.look(CONSENT, Consent)
    if turn.policy.pack.policy_quorum is None or consent is None or not consent.policy:
        return
    if event.command.args.get("policy", consent.policy) == consent.policy:
        _agreed(turn, turn.group.part(CONSENT, Consent))


def refuse(turn: Turn) -> None:
    """The pack that was ordered will not judge."""
    consent = turn.group.look(CONSENT, Consent)
    if consent is not None and consent.policy:
        consent = turn.group.part(CONSENT, Consent)
        consent.policy, consent.approvals = "", []


def _agreed(turn: Turn, consent: Consent) -> bool:
    """Take the member's yes in, who orders or approves; where it was the last, the pack judges from
    here on. The roster says at each yes who must agree: nobody, where it has no such member.
    """
    quorum = turn.policy.pack.policy_quorum
    asked = _members_with(turn.group, quorum.by) if quorum is not None else []
    names = set(map(hash64, asked))
    consent.approvals = [one for one in consent.approvals if one in names]
    mine = turn.member_id or ""
    if mine in asked and hash64(mine) not in consent.approvals:
        consent.approvals.append(hash64(mine))
    if any(hash64(one) not in consent.approvals for one in asked):
        return False
    turn.group.head.policy = consent.policy
    consent.policy, consent.approvals = "", []
    return True


def _members_with(group: Group, role: str) -> list[str]:
    return [one for one in group.members if group.peek(one).role == role]


def _ask_for_policy(turn: Turn, event: Command) -> None:
    """Tell those who must agree that a pack waits for them."""
    quorum = turn.policy.pack.policy_quorum
    if quorum is None:
        return
    count = len(_members_with(turn.group, quorum.by))
    cause = Cause(
        rule="command.policy", clause=None, because="有人提议更换群公约", evidence=(event.id,)
    )
    params = {"to_role": quorum.by, "proposal": "policy", "quorum": count}
    who = ROLE_WORDS.get(quorum.by, "相关成员")
    explain = sentence(cause.because, f"须{who}{count}人全部同意", 0)
    turn.about_group().act("review", cause, "live", params, explain=explain)
