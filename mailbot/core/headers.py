"""A header block as fields; encoded words and parameters decoded. Capped before parsing, linear, never raising."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

import re2

from mailbot.core.decoding import from_base64, one_line, text_of

BLOCK_CAP: Final = 256 * 1024  # octets; real blocks stay below 64 kB, and a parser must not pay for the rest
VALUE_CAP: Final = 32 * 1024  # characters of one field; 500 references fit
ID_CAP: Final = 500  # message ids kept of one field

# RFC 2047 § 2; the text may hold "?" and spaces, which real mailers leave unencoded. RE2 because it is linear.
_ENCODED_WORD: Final = re2.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.*?)\?=")
_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
# RFC 5322 § 3.6.4, printable ASCII only: what goes into a References field must need no encoding. Lengths: § 2.1.1.
_MESSAGE_ID: Final = re.compile(r"<[!-;=?A-~]{1,996}@[!-;=?A-~]{1,996}>")
_PARAMETER: Final = re2.compile(r';\s*([^\s=;"]{1,60})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_SECTIONED: Final = re.compile(r"(.+?)(?:\*\d+)?(\*?)")  # "name", "name*0", "name*", "name*0*"


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The fields top first: names in lower case, values unfolded, raw, on one line. `cut` names what was capped."""

    fields: tuple[tuple[str, str], ...]
    cut: frozenset[str] = frozenset()  # names of capped fields; "" stands for the end of the block

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, topmost first; `name` in lower case."""
        return tuple(value for key, value in self.fields if key == name)

    def first(self, name: str) -> str:
        """The topmost value of a field; "" when there is none."""
        return next((value for key, value in self.fields if key == name), "")


def parse(block: bytes) -> HeaderBlock:
    """The fields of a header block; lines that are no field are skipped."""
    cut = {""} if len(block) > BLOCK_CAP else set[str]()
    fields = []
    for line in _unfolded(block[:BLOCK_CAP]):
        match = _FIELD.match(line)
        if match is None:
            continue
        name = match[1].decode("ascii").lower()
        value = text_of(match[2], "utf-8")[0]
        if len(value) > VALUE_CAP:
            cut.add(name)
        fields.append((name, one_line(value[:VALUE_CAP])))
    return HeaderBlock(tuple(fields), frozenset(cut))


def looks_like_field(line: bytes) -> bool:
    """Whether a line could open a header block."""
    return _FIELD.match(line) is not None


def decoded(value: str) -> str:
    """A value with its encoded words decoded (RFC 2047); what cannot be decoded stays as it is. One clean line."""
    return one_line(_words_decoded(value)) if "=?" in value else value


def message_id(value: str) -> str:
    """A Message-ID that can be referred to: "<left@right>" and nothing else, at most 998 octets; otherwise ""."""
    candidate = value.strip()
    return candidate if len(candidate) <= 998 and _MESSAGE_ID.fullmatch(candidate) else ""


def message_ids(values: tuple[str, ...]) -> tuple[str, ...]:
    """All usable ids in References or In-Reply-To fields, in order; the last ones when there are too many."""
    candidates = (f"<{piece}>" for value in values for piece in _between_angles(value))
    return tuple(filter(None, map(message_id, candidates)))[-ID_CAP:]


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Main value in lower case, and parameters by lower-case name, continuations joined (RFC 2045 § 5.1, RFC 2231)."""
    main = value.partition(";")[0].strip().lower()
    found: dict[str, str] = {}
    for key, text in _PARAMETER.findall(value):
        sectioned = _SECTIONED.fullmatch(key.lower())
        base, extended = sectioned.groups() if sectioned else (key.lower(), "")
        plain = _unquoted(text.strip())
        found[base] = found.get(base, "") + (_percent_decoded(plain) if extended else plain)
    return main, found


def _unfolded(block: bytes) -> Iterator[bytes]:
    """Logical lines (RFC 5322 § 2.2.3); a block without any LF has CR as its line end."""
    lines = (block if b"\n" in block else block.replace(b"\r", b"\n")).split(b"\n")
    logical: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and logical:
            logical.append(line.rstrip(b"\r"))
        else:
            yield b"".join(logical)
            logical = [line.rstrip(b"\r")]
    yield b"".join(logical)


def _words_decoded(value: str) -> str:
    pieces: list[str] = []
    run: list[bytes] = []  # adjacent words of one charset: a character may be split over them
    charset, position = "", 0
    for match in _ENCODED_WORD.finditer(value):
        between, own = value[position : match.start()], match[1].partition("*")[0].lower()
        if between.strip() or not run or own != charset:
            pieces += [text_of(b"".join(run), charset)[0], "" if run and not between.strip() else between]
            run, charset = [], own
        run.append(_word(match[2], match[3]))
        position = match.end()
    return "".join([*pieces, text_of(b"".join(run), charset)[0], value[position:]])


def _word(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8")
    return from_base64(octets) if encoding in "bB" else binascii.a2b_qp(octets, header=True)


def _between_angles(value: str) -> Iterator[str]:
    for piece in value.split("<")[1:]:
        inside, closed, _ = piece.partition(">")
        if closed:
            yield inside


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _percent_decoded(text: str) -> str:
    charset, mark, rest = text.partition("'")
    _language, closed, encoded = rest.partition("'")
    if not (mark and closed):
        charset, encoded = "utf-8", text
    return text_of(unquote_to_bytes(encoded), charset)[0]
