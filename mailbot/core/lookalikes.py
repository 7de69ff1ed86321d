"""Addresses that look like another: what a person reads as the same, a computer must not (design.md promise 3).

A skeleton is what is left of an address when all that an eye overlooks is taken away. Two addresses with one skeleton
are never taken for the same; the one on file is only shown beside the one that wrote.
"""

import unicodedata
from typing import Final

_AT: Final = "@"
_AT_SIGNS: Final = str.maketrans({"\uff20": _AT, "\ufe6b": _AT})
# Letters of other alphabets, and figures, that most fonts draw like a Latin letter (Unicode TR 39 has thousands; these
# are the ones that domains and names are forged with).
_CONFUSABLE: Final = str.maketrans(
    "аьсԁеӏһіјкмпорԛгѕтυѵԝхуαβγδεηικνορτχω0135i",
    "abcdelhljkmnopqrstuvwxyabydenlkvoptxwolesl",
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_OVERLOOKED: Final = str.maketrans("", "", ".-_'")


def skeleton(email: str) -> str:
    """What an eye makes of an address; "" for what is no address. The last label of the domain does not count."""
    local, at, domain = email.strip().translate(_AT_SIGNS).rpartition(_AT)
    labels = [_decoded(label) for label in domain.split(".")]
    if not at or not local or len(labels) < 2:
        return ""
    return f"{_seen(local.partition('+')[0])}{_AT}{_seen(''.join(labels[:-1]))}"


def _seen(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    drawn = letters.translate(_CONFUSABLE).translate(_OVERLOOKED)
    for pair, one in _PAIRS:
        drawn = drawn.replace(pair, one)
    return drawn


def _decoded(label: str) -> str:
    """A domain label as it is shown: "xn--" is how other letters are written in ASCII (RFC 5890 § 2.3.2.1)."""
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label
