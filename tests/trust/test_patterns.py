"""No pattern that meets a mail takes more than linear time: proved from the patterns themselves, without a clock.

Patterns that come from rules are RE2's, which is linear by construction. Every pattern of `re` in the source is found
and proved (`ambiguity`); one that cannot be proved stands below with the reason why it is harmless all the same.
"""

import re

import pytest
import re2
from trust.ambiguity import longest_bound, reasons
from trust.patterns import MADE_OF, Found, modules, patterns

# Not proved, and why that does no harm. By module and by name, or by pattern where it has no name.
OF_THE_OWNER = "matches what the owner of the installation wrote, never a mail"
HARMLESS = {
    "mailbot.adapters.imap.refusals:_CODE": "matches one line of our own IMAP server, and stops at the first code",
    "mailbot.cli.setup:_ADDRESS": OF_THE_OWNER,
    "mailbot.config.settings:_ADDRESS": OF_THE_OWNER,
    "mailbot.config.settings:_NAMED_ADDRESS": OF_THE_OWNER,
    "mailbot.config.training:_HEAD": OF_THE_OWNER,
    "mailbot.core.phrases:_LEXEME": OF_THE_OWNER,
    # From the first quote that is never closed, every later quote is escaped, and is passed over with its backslash.
    "mailbot.core.addresses:_PIECE": "only the last open quote of a field has no other half: one vain look to the end",
    # The value was read by _PROPERTY or _WRITER, which know whole quoted strings only.
    'mailbot.core.authentication:"(?:[^"\\\\]|\\\\.)*"': "every quote in the value has its other half",
    # Lines hold no line feed, so that the first way always ends the line: nothing is ever tried again.
    "mailbot.core.bodies:_STUFFED_QUOTE": "matches any line at once",
    "mailbot.core.draft_text:_FLOWED_LINE": "matches any line at once",
}

LARGEST_FACTOR = 2000  # letters that a bounded repetition may look ahead


def key(found: Found) -> str:
    return f"{found.module}:{found.name or found.pattern.pattern!s}"


ALL = tuple(patterns())


def proved(found: Found) -> list[str]:
    return [f"{method}: {reason}" for method in sorted(found.methods) for reason in reasons(found.pattern, method)]


# --- the proof itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        ("(?:a|a)*b", "match"),
        ("(?:a|ab|b)*c", "match"),
        ("(?:a*)*b", "match"),
        ("(a+)+$", "match"),
        ("(?:a+b?)+c", "match"),
        (r"(?:\\.|[^x])*y", "match"),
        ("a*a*b", "match"),
        ("a*?a*b", "match"),
        ("a+b?a+c", "match"),
        (r"<(?:[a-z]+)?[^<>]*>", "match"),
        (r"\s*,?\s*;", "match"),
        ("a*b", "search"),
        (r"\s+$", "sub"),
        ("<[^>]*>", "findall"),
        ("a(?:[ab]*c)?", "findall"),
        ("(?=a*b)c", "search"),
        ("a*a*", "fullmatch"),
        ("(?i)a*A*b", "match"),
        (r"\S*[^\d]*!", "match"),
    ],
)
def test_a_pattern_with_ways_that_grow_is_not_proved(pattern: str, method: str) -> None:
    assert reasons(re.compile(pattern), method)


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        ("a*b", "match"),
        ("a*b", "fullmatch"),
        ("[a-m]*[n-z]*!", "match"),
        ("=+", "sub"),
        (r"\w+", "findall"),
        ("a*a*", "match"),
        ("x*y*", "sub"),
        ("<[^<>]*>", "search"),
        (r"\d(?: ?\d){6,}", "search"),
        ("[ab]{1,64}@", "search"),
        (r'"(?:[^"\\]|\\.)*"', "match"),
        (r"\n[ \t]*-", "search"),
        ('"[^"]*"', "finditer"),  # no second start before the next quote
        ("(?:x[ab]*y)?z", "search"),
        (r"(?:\w|\d)*!", "match"),  # the parser makes one set of it
        ("(?:ab|a)(?:bc|c)*d", "match"),
        (rb"\r?\n\r?\n", "split"),
    ],
)
def test_a_linear_pattern_is_proved(pattern: str | bytes, method: str) -> None:
    assert reasons(re.compile(pattern), method) == ()


# --- the program ---------------------------------------------------------------------------------------------------


def test_the_patterns_of_the_whole_program_are_found() -> None:
    assert len(list(modules())) > 60
    assert len(ALL) >= 50
    assert {found.name for found in ALL} >= {"REFERENCE_TAG", "_MESSAGE_ID", "_PIECE", "_TOKEN", "_REST", "_ADDR_SPEC"}


@pytest.mark.parametrize(
    "found",
    [found for found in ALL if key(found) not in HARMLESS],
    ids=str,
)
def test_a_pattern_takes_linear_time_whatever_the_mail(found: Found) -> None:
    assert proved(found) == []


def test_nothing_is_excused_that_is_proved_or_gone() -> None:
    unproved = {key(found) for found in ALL if proved(found)}
    assert set(HARMLESS) <= unproved


@pytest.mark.parametrize("found", ALL, ids=str)
def test_a_bounded_repetition_looks_a_fair_way_ahead_at_most(found: Found) -> None:
    assert longest_bound(found.pattern) <= LARGEST_FACTOR


# --- patterns that are data ----------------------------------------------------------------------------------------


def test_only_words_of_the_program_and_its_owner_are_made_into_a_pattern_of_re() -> None:
    """Any other pattern that is made of values cannot be computed, and fails where patterns are looked for."""
    assert set(MADE_OF) == {"_above_own_received", "without_reason"}


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)", "(?<!a)b", "(?P=name)"])
def test_re2_refuses_what_cannot_be_linear_instead_of_falling_back(pattern: str) -> None:
    options = re2.Options()
    options.log_errors = False
    with pytest.raises(re2.error):
        re2.compile(pattern, options)
