"""What the receiving server says about the sender's domain: Authentication-Results (RFC 8601).

Pure reading of header fields: no DNS, no signature is checked here. Missing or doubtful is unverified; only
`PASSES` count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Authentication(StrEnum):
    """What the server's word comes to; words for people stand in `templates/<language>/words.toml` [reasons]."""

    DMARC_PASS = "dmarc-pass"  # noqa: S105 - a result, not a password
    DKIM_ALIGNED = "dkim-aligned"
    SPF_ALIGNED = "spf-aligned"
    NO_TRUSTED_SERVER = "no-trusted-server"  # no authserv-id configured: nobody is ever verified
    OWN_RECEIVED_MISSING = "own-received-missing"  # our own server's Received field is not there
    NO_RESULTS = "no-results"  # our server wrote nothing about this mail
    RESULTS_MISPLACED = "results-misplaced"  # in our server's name, but below its Received: anybody can write that
    SEVERAL_RESULTS = "several-results"
    RESULTS_MALFORMED = "results-malformed"
    VERSION_UNKNOWN = "version-unknown"
    DMARC_NOT_PASSED = "dmarc-not-passed"
    NOT_ALIGNED = "not-aligned"  # something passed, for another domain than that of From
    NOTHING_PASSED = "nothing-passed"
    ARC_ONLY = "arc-only"  # only a forwarder vouches (RFC 8617), and forwarders are not trusted


PASSES: Final = frozenset({Authentication.DMARC_PASS, Authentication.DKIM_ALIGNED, Authentication.SPF_ALIGNED})


class Writing(StrEnum):
    """How the receiving service writes its Authentication-Results."""

    STANDARD = "standard"  # RFC 8601: with an authserv-id
    MICROSOFT365 = "microsoft365"  # without one, above the Received of its edge (mail-facts.md)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word counts for one mailbox.

    `authserv_id` is the name that the receiving server signs its Authentication-Results with; None: no sender is ever
    verified. `received_by` is that server's name in the `by` clause of its Received field; None: the same name.
    `writing` says how it writes; Microsoft 365 needs neither name, and must not be chosen for any other service.
    """

    authserv_id: str | None = None
    received_by: str | None = None
    writing: Writing = Writing.STANDARD


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One `method=result` with its properties, e.g. ("header.from", "example.org"); all in lower case."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def domain(self, name: str) -> str:
        """The domain of a property that holds a domain or an address; "" when it is not there."""
        return dict(self.properties).get(name, "").rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """One Authentication-Results field; `version` is 1 unless it says otherwise."""

    authserv_id: str
    version: int
    results: tuple[MethodResult, ...]

    def of(self, method: str) -> tuple[MethodResult, ...]:
        """The results of one method."""
        return tuple(result for result in self.results if result.method == method)


class Malformed(ValueError):
    """A field that does not follow RFC 8601 § 2.2: nothing in it is believed."""


def authenticate(headers: Sequence[tuple[str, str]], from_domain: str, trust: Trust) -> Authentication:
    """What our own server says about `from_domain` (lower case), from all header fields, topmost first.

    Names of header fields are in lower case, values unfolded. Fields of other servers, fields below our server's own
    Received, ARC, Received-SPF and X-headers never count.
    """
    if trust.writing is Writing.MICROSOFT365:
        return _by_the_word_of(headers, from_domain, _NAMELESS, _MICROSOFT_EDGE)
    if not trust.authserv_id:
        return Authentication.NO_TRUSTED_SERVER
    server = re.escape(trust.received_by or trust.authserv_id)
    return _by_the_word_of(headers, from_domain, trust.authserv_id.lower(), server)


# Where mail enters Microsoft 365: "… by AM0EUR02FT004.mail.protection.outlook.com (10.152.1.2) with Microsoft SMTP
# Server". Its inner hops, which stand above, end on prod.outlook.com or outlook.office365.com.
_MICROSOFT_EDGE: Final = r"[\w-]+\.mail\.protection\.outlook\.com"
_NAMELESS: Final = ""  # the authserv-id of a field without one


def _by_the_word_of(
    headers: Sequence[tuple[str, str]], from_domain: str, authserv_id: str, server: str
) -> Authentication:
    above = _above_own_received(headers, server)
    if above is None:
        return Authentication.OWN_RECEIVED_MISSING
    fields = _fields_of(above, authserv_id)
    if len(fields) == 1:
        return _judged(fields[0] if authserv_id else f"microsoft365; {fields[0]}", from_domain)
    if fields:
        return Authentication.SEVERAL_RESULTS
    return _why_there_is_none(headers, authserv_id)


def _above_own_received(headers: Sequence[tuple[str, str]], server: str) -> Sequence[tuple[str, str]] | None:
    # RFC 8601 § 5: only what our own server added is to be believed, and servers add at the top. The first Received
    # that names our server at all (`server` is a pattern) is the border: a sender can write more, but only below it.
    by_us = re.compile(rf"\bby\s+{server}(?![\w.-])", re.IGNORECASE)
    for position, (name, value) in enumerate(headers):
        if name == "received" and by_us.search(value):
            return headers[:position]
    return None


def _fields_of(headers: Sequence[tuple[str, str]], authserv_id: str) -> list[str]:
    return [value for name, value in headers if name == "authentication-results" and _writer(value) == authserv_id]


def _why_there_is_none(headers: Sequence[tuple[str, str]], authserv_id: str) -> Authentication:
    if _fields_of(headers, authserv_id):
        return Authentication.RESULTS_MISPLACED
    if any(name == "arc-authentication-results" for name, _ in headers):
        return Authentication.ARC_ONLY
    return Authentication.NO_RESULTS


def _judged(field: str, from_domain: str) -> Authentication:
    try:
        results = parse(field)
    except Malformed:
        return Authentication.RESULTS_MALFORMED
    if results.version != 1:
        return Authentication.VERSION_UNKNOWN
    dmarc = results.of("dmarc")
    if len(dmarc) > 1 or len(results.of("spf")) > 1:
        return Authentication.SEVERAL_RESULTS
    # RFC 7489 § 11.2: "none" means that the domain publishes no policy; SPF and DKIM then speak for themselves
    if dmarc and dmarc[0].result != "none":
        return _judged_dmarc(dmarc[0], from_domain)
    return _judged_spf_and_dkim(results, from_domain)


def _judged_dmarc(dmarc: MethodResult, from_domain: str) -> Authentication:
    if dmarc.result != "pass":
        return Authentication.DMARC_NOT_PASSED
    return Authentication.DMARC_PASS if dmarc.domain("header.from") == from_domain else Authentication.NOT_ALIGNED


def _judged_spf_and_dkim(results: AuthenticationResults, from_domain: str) -> Authentication:
    # Strict alignment (RFC 7489 § 3.1): the same domain, so that no list of public suffixes is needed
    signed = [_signing_domain(dkim) for dkim in results.of("dkim") if dkim.result == "pass"]
    if from_domain in signed:
        return Authentication.DKIM_ALIGNED
    # smtp.helo never counts: SPF says something about From only through the envelope sender
    enveloped = [spf.domain("smtp.mailfrom") for spf in results.of("spf") if spf.result == "pass"]
    if from_domain in enveloped:
        return Authentication.SPF_ALIGNED
    if signed or enveloped:
        return Authentication.NOT_ALIGNED
    arc_passed = any(arc.result == "pass" for arc in results.of("arc"))
    return Authentication.ARC_ONLY if arc_passed else Authentication.NOTHING_PASSED


def _signing_domain(dkim: MethodResult) -> str:
    # header.i lies within header.d (RFC 6376 § 3.5), so it is only asked when header.d was left out
    return dkim.domain("header.d") or dkim.domain("header.i")


# --- the grammar of RFC 8601 § 2.2 ---------------------------------------------------------------------------------

_LONGEST: Final = 20_000  # characters; a longer field is not our server's
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_OUTSIDE: Final = re.compile(rf"{_QUOTED}|[^\"();]+|[();]")
_IN_COMMENT: Final = re.compile(r"\\.|[^()\\]+|[()]", re.DOTALL)
# RFC 8601 § 2.2: 1*DIGIT; Python refuses to read a number of more than 4,300 digits
_WRITER: Final = re.compile(rf"\s*({_QUOTED}|[^\s\"]+)(?:\s+(\d{{1,9}}))?\s*")
_RESULT: Final = re.compile(r"\s*([\w.-]+)(?:\s*/\s*\d+)?\s*=\s*([\w-]+)(?=\s|$)")
_PROPERTY: Final = re.compile(rf"\s+([\w-]+(?:\s*\.\s*[\w-]+)?)\s*=\s*((?:{_QUOTED}|[^\s\"])+)(?=\s|$)")


def parse(field: str) -> AuthenticationResults:
    """One unfolded Authentication-Results value. Raises `Malformed`."""
    first, *clauses = _clauses(field)
    writer = _WRITER.fullmatch(first)
    if not writer or not clauses:
        raise Malformed("no authserv-id, or no results after it")
    authserv_id, version = _unquoted(writer[1]), int(writer[2] or "1")
    if len(clauses) == 1 and clauses[0].strip().lower() == "none":
        return AuthenticationResults(authserv_id, version, ())
    return AuthenticationResults(authserv_id, version, tuple(_method_result(clause) for clause in clauses))


def _writer(field: str) -> str:
    # Also of a field that is broken further on: broken fields in our server's name are doubtful, not absent
    for text in (field, field.partition(";")[0]):
        try:
            first = _clauses(text)[0]
        except Malformed:
            continue
        writer = _WRITER.fullmatch(first)
        return _unquoted(writer[1]) if writer and not _RESULT.match(first) else _NAMELESS
    return _NAMELESS


def _clauses(field: str) -> list[str]:
    """The parts between semicolons, comments replaced by a space; quoted strings stay whole."""
    if len(field) > _LONGEST:
        raise Malformed("too long")
    clauses, depth, position = [""], 0, 0
    while position < len(field):
        piece = (_IN_COMMENT if depth else _OUTSIDE).match(field, position)
        if not piece:
            raise Malformed("a quoted string or an escape without end")
        position = piece.end()
        depth += (piece[0] == "(") - (piece[0] == ")")  # RFC 5322 § 3.2.2: comments nest
        if depth < 0:
            raise Malformed("a comment that was never opened")
        if depth == 0:
            _extend(clauses, piece[0])
    if depth:
        raise Malformed("a comment without end")
    # RFC 8601 knows no ";" at the end; common milters write one
    return clauses[:-1] if len(clauses) > 2 and not clauses[-1].strip() else clauses


def _extend(clauses: list[str], piece: str) -> None:
    if piece == ";":
        clauses.append("")
    else:
        clauses[-1] += " " if piece == ")" else piece


def _method_result(clause: str) -> MethodResult:
    head = _RESULT.match(clause)
    if not head:
        raise Malformed("no method=result")
    properties: dict[str, str] = {}
    position = head.end()
    while clause[position:].strip():
        entry = _PROPERTY.match(clause, position)
        if not entry:
            raise Malformed("no property=value")
        name = re.sub(r"\s", "", entry[1]).lower()
        if name in properties:
            raise Malformed("one property twice")
        properties[name] = _unquoted(entry[2])
        position = entry.end()
    return MethodResult(head[1].lower(), head[2].lower(), tuple(properties.items()))


def _unquoted(value: str) -> str:
    return re.sub(_QUOTED, lambda quoted: re.sub(r"\\(.)", r"\1", quoted[0][1:-1]), value).lower()
