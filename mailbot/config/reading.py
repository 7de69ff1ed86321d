"""`rules/reading/<language>.toml` and `all.toml`: how mail looks, read and checked, joined into `ReadingWords`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final

import re2
from pydantic import AfterValidator, BaseModel, ConfigDict

from mailbot.config.data import files
from mailbot.config.tables import read_table
from mailbot.core.mail import ReadingWords

_FOLDER: Final = "reading/"
_LENGTH_CAP: Final = 1000  # characters of one pattern


def _pattern(value: str) -> str:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(f"(?i)(?:{value})", options)
    except re2.error as error:
        reason = error.args[0] if error.args else "does not compile"
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"no RE2 expression ({said})") from error
    if not value or len(value) > _LENGTH_CAP:
        raise ValueError(f"empty, or longer than {_LENGTH_CAP} characters")
    return value


def _plain(value: str) -> str:
    if not value or value != value.strip().lower() or ":" in value:
        raise ValueError("not a plain word in small letters without colon")
    return value


Patterns = tuple[Annotated[str, AfterValidator(_pattern)], ...]
Plain = tuple[Annotated[str, AfterValidator(_plain)], ...]


class _ReadingFile(BaseModel):
    """One file; the keys are those of `ReadingWords`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attribution: Patterns = ()
    quote_header: Plain = ()
    quote_sender: Plain = ()
    quote_date: Plain = ()
    separator: Patterns = ()
    forward_separator: Patterns = ()
    forward_prefix: Plain = ()
    reply_prefix: Plain = ()
    closing: Patterns = ()
    disclaimer: Patterns = ()
    postscript: Patterns = ()
    sent_from: Patterns = ()
    automatic_subject: Patterns = ()
    robot_sender: Patterns = ()


def load_reading_words(override: Path | None = None, own_addresses: Iterable[str] = ()) -> ReadingWords:
    """The words of all languages together; files in `override` replace or join the built-in ones by name.

    Raises `ConfigurationError` naming file, key and remedy.
    """
    read = list(_read_files(override))
    joined = {
        key: tuple(dict.fromkeys(word for file in read for word in getattr(file, key)))
        for key in _ReadingFile.model_fields
    }
    return ReadingWords(**joined, own_addresses=frozenset(address.strip().lower() for address in own_addresses))


def _read_files(override: Path | None) -> Iterator[_ReadingFile]:
    for name, path in files("rules", ".toml", override):
        if name.startswith(_FOLDER):
            yield read_table(path, _ReadingFile)
