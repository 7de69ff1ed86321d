import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from case_files import a_case, after
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.cases import Case, DraftRecord, Event, EventKind, ReplyKind
from mailbot.core.records import case_of, record_of

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=1)), timezone(-timedelta(hours=9, minutes=30))])
INSTANTS = st.datetimes(timezones=ZONES)
ANY_TEXT = st.text(st.characters())  # lone surrogates too: real addresses hold undecodable bytes
CASES = st.builds(
    Case,
    sender=ANY_TEXT,
    received=INSTANTS,
    breach_due=st.none() | INSTANTS,
    drafts=st.lists(st.builds(DraftRecord, recipient=ANY_TEXT, date=st.none() | INSTANTS), max_size=2).map(tuple),
    events=st.lists(st.builds(Event, at=INSTANTS), max_size=3).map(tuple),
)


@given(CASES)
def test_any_case_comes_back_from_json_as_it_was(case: Case) -> None:
    assert case_of(json.loads(json.dumps(record_of(case)))) == case


@given(INSTANTS)
def test_the_offset_of_an_instant_survives_because_a_date_header_shows_it(instant: datetime) -> None:
    case = a_case().with_draft(_draft(date=instant))
    (draft,) = case_of(record_of(case)).drafts
    assert draft.date is not None
    assert draft.date.isoformat() == instant.isoformat()


WRONG_FIELDS = [
    ("a string for a list", {"rights": "access"}, "rights: not a list"),
    ("a right that does not exist", {"rights": ["nonsense"]}, "rights.0: not one of the known words"),
    ("a number for a text", {"sender": 7}, "sender: not str"),
    ("a number for a yes or no", {"known": 1}, "known: not bool"),
    ("null where a value must be", {"language": None}, "language: not str"),
    ("no date", {"binding": "soon"}, "binding: not a date"),
    ("a number for a date", {"binding": 20261223}, "binding: not a date"),
    ("no instant", {"received": "yesterday"}, "received: not an instant"),
    ("an instant without zone", {"received": "2026-11-23T09:00:00"}, "received: an instant without time zone"),
    ("an unknown field", {"colour": "red"}, "colour: unknown field"),
    ("a list for an object", {"events": [[]]}, "events.0: not an object"),
    ("a yes or no for a number", {"mails": [{"placement": {"uid": True}}]}, "mails.0.placement.uid: not int"),
    ("an unknown kind of event", {"events": [{"kind": "eaten"}]}, "events.0.kind: not one of the known words"),
]


@pytest.mark.parametrize(("change", "complaint"), [case[1:] for case in WRONG_FIELDS], ids=[c[0] for c in WRONG_FIELDS])
def test_a_wrong_field_is_named_with_its_path(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        case_of(_merged(record_of(a_case()), change))


@pytest.mark.parametrize("name", sorted(record_of(a_case())))
def test_a_missing_field_is_named(name: str) -> None:
    record = record_of(a_case())
    del record[name]
    with pytest.raises(ValueError, match=f"^{name}: missing$"):
        case_of(record)


def test_a_complaint_never_repeats_the_value() -> None:
    for name in record_of(a_case()):
        with pytest.raises(ValueError, match=name) as complaint:
            case_of(record_of(a_case()) | {name: {"piet@example.org": "piet@example.org"}})
        assert "piet" not in str(complaint.value)


def test_an_instant_without_zone_is_not_written() -> None:
    naive = after(a_case(), EventKind.MAIL_JOINED, at=datetime(2026, 11, 23))  # noqa: DTZ001 - the trouble itself
    with pytest.raises(ValueError, match=r"^events\.1\.at: an instant without time zone$"):
        record_of(naive)


def _draft(date: datetime) -> DraftRecord:
    return DraftRecord("d1", "<token@example.org>", ReplyKind.ANSWER, "jan@example.org", date=date)


def _merged(record: dict[str, object], change: dict[str, object]) -> dict[str, object]:
    """The record with a change in it; a list in the change is laid over the list of the record item by item."""
    return record | {name: _laid_over(record.get(name), value) for name, value in change.items()}


def _laid_over(old: object, new: object) -> object:
    if isinstance(old, dict) and isinstance(new, dict):
        return _merged(old, new)
    if isinstance(old, list) and isinstance(new, list) and old:
        return [_laid_over(before, after) for before, after in zip(old, new, strict=False)]
    return new
