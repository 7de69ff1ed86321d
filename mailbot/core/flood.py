"""Too much at once: forged requests by the hundred must not fill the desk, the digest and the way out.

Nothing is dropped: every mail has its case and its clock. What came in a flood only gets no draft by itself and one
line in the digest for all of it, so that the others are still seen.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from mailbot.core.cases import Actor, Case, IdentityLevel
from mailbot.core.deadlines import local_day

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """From [limits] in mailbot.toml."""

    sends_per_hour: int = 20  # mails that leave within any hour, the digest not counted
    drafts_per_sender: int = 3  # drafts laid by themselves for one writing address on one local day
    strangers_per_hour: int = 30  # new cases of unverified writers within any hour; more are a flood


def flooded(cases: Iterable[Case], limits: Limits) -> frozenset[str]:
    """The references of the cases that came in a flood.

    A writer whom our own server vouches for and who is on file never counts, nor does a case that a person touched.
    Of many cases of one writer on one day the first `drafts_per_sender` are spared; of more than `strangers_per_hour`
    unverified ones within an hour, none.
    """
    doubtful = sorted((case for case in cases if _is_doubtful(case)), key=lambda case: (case.received, case.reference))
    return frozenset(_beyond_the_share_of_one_writer(doubtful, limits) | _too_many_at_once(doubtful, limits))


def _is_doubtful(case: Case) -> bool:
    if case.addressee:  # a notice of our own, and no mail that came in
        return False
    return case.identity is IdentityLevel.L0 and all(event.by is not Actor.PERSON for event in case.events)


def _beyond_the_share_of_one_writer(doubtful: list[Case], limits: Limits) -> set[str]:
    counts = Counter[tuple[str, object]]()
    found = set()
    for case in doubtful:
        key = (case.sender, local_day(case.received, case.zone))
        counts[key] += 1
        if case.sender and counts[key] > limits.drafts_per_sender:
            found.add(case.reference)
    return found


def _too_many_at_once(doubtful: list[Case], limits: Limits) -> set[str]:
    found: set[str] = set()
    first = 0
    for last, case in enumerate(doubtful):
        while case.received - doubtful[first].received >= _HOUR:
            first += 1
        if last - first >= limits.strangers_per_hour:
            found |= {one.reference for one in doubtful[max(first, last - limits.strangers_per_hour) : last + 1]}
    return found
