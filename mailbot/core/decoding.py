"""Octets to text: transfer encodings (RFC 2045 § 6) and charsets, tolerant of what real mail gets wrong.

Nothing here raises; what was wrong comes back as a problem code.
"""

import binascii
import re
from encodings.aliases import aliases
from typing import Final

_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING: Final = re.compile(rb"=+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

# Python also files transformations (base64, zlib, rot13) under its codecs: those are no charsets.
_CODECS: Final = frozenset(
    codec for codec in aliases.values() if not codec.endswith("_codec") and codec not in {"rot_13", "mbcs"}
)
# What is declared as the left means the right in practice (WHATWG Encoding § 4.2).
_MEANT: Final = {"latin_1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932"}
_ASCII: Final = "ascii"
_READ_AS_IS: Final = frozenset({"", "7bit", "8bit", "binary"})

# Two directions that reorder a line on the screen, zero-width and soft hyphens that hide inside words.
_INVISIBLE: Final = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_CONTROLS: Final = [*range(0x20), *range(0x7F, 0xA0)]
_IN_A_LINE: Final = str.maketrans(
    {chr(code): None for code in _CONTROLS} | {"\t": " ", "\u2028": " ", "\u2029": " "} | dict.fromkeys(_INVISIBLE)
)
_IN_A_TEXT: Final = _IN_A_LINE | str.maketrans(
    {"\n": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n", "\u00a0": " ", "\u202f": " "}
)


def transfer_decoded(body: bytes, encoding: str) -> tuple[bytes, tuple[str, ...]]:
    """The octets behind a Content-Transfer-Encoding, and the problem codes."""
    if encoding == "base64":
        return from_base64(body), ()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body), ()
    return body, () if encoding in _READ_AS_IS else ("encoding-unknown",)


def from_base64(body: bytes) -> bytes:
    """Base64 with foreign characters skipped, missing padding supplied and padding in the middle accepted."""
    chunks = _PADDING.split(_NOT_BASE64.sub(b"", body))
    return b"".join(map(_base64_chunk, chunks))


def text_of(octets: bytes, charset: str) -> tuple[str, tuple[str, ...]]:
    """The text in its declared charset, else UTF-8, else Windows-1252; never a lone surrogate. With problem codes."""
    codec = _codec(charset)
    if codec is None:
        return _guessed(octets), ("charset-unknown",)
    if codec == _ASCII:
        return _guessed(octets), ()
    try:
        return _paired(octets.decode(codec)), ()
    except UnicodeError:
        return _nearly(octets, codec), ("charset-wrong",)


def one_line(value: str) -> str:
    """A value without line breaks, control characters and invisible characters, spaces at the ends stripped."""
    return value.strip() if value.isprintable() else value.translate(_IN_A_LINE).strip()


def clean_text(text: str) -> str:
    """A text with only LF as line break and without control and invisible characters; no-break space is a space."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_IN_A_TEXT)


def _base64_chunk(chunk: bytes) -> bytes:
    # One character left over holds six bits: no octet
    whole = chunk[: len(chunk) - (len(chunk) % 4 == 1)]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _codec(charset: str) -> str | None:
    name = charset.strip().lower().replace("-", "_").removesuffix("_i")
    if not name:
        return _ASCII
    codec = aliases.get(name, name)
    return _MEANT.get(codec, codec) if codec in _CODECS else None


def _nearly(octets: bytes, codec: str) -> str:
    """A text with a few wrong octets, as after truncation, stays in its charset."""
    text = octets.decode(codec, "replace")
    if codec != "utf_8" and text.count("\ufffd") * 20 <= len(text):
        return _paired(text)
    return _guessed(octets)


def _guessed(octets: bytes) -> str:
    if octets.isascii():
        return octets.decode("ascii")
    text = octets.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text if wrong * 3 <= foreign else octets.decode("cp1252", "replace")


def _paired(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
