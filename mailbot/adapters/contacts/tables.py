"""Tables from customer lists: CSV in any dialect, or a workbook (XLSX and its relatives).

Nothing is ever evaluated: a cell that looks like a formula comes out empty.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from mailbot.core.errors import ConfigurationError

Rows = Sequence[Sequence[str]]

_WORKBOOK_STARTS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # a zip (XLSX, ODS), an OLE file (XLS, or encrypted)
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] § 2.3: the stream of a protected workbook
_DELIMITERS: Final = ";,\t|"
_SAMPLE_ROWS: Final = 50
_FORMULA_STARTS: Final = ("=", "+", "-", "@")  # what a spreadsheet takes for a formula (OWASP: CSV injection)
_INVISIBLE: Final = str.maketrans({"\u00a0": " ", "\u200b": None, "\ufeff": None})  # what copying from web pages leaves


def tables(path: Path) -> list[Rows]:
    """The tables of a file, every cell a cleaned text. Raises `ConfigurationError` naming the file and the remedy."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; check the name and the permissions") from error
    if not content.strip():
        raise ConfigurationError(f"{path}: the file is empty; export the list again")
    found = _sheets(path, content) if content.startswith(_WORKBOOK_STARTS) else [_csv_rows(path, content)]
    return [[[_cleaned(cell) for cell in row] for row in rows] for rows in found]


def _sheets(path: Path, content: bytes) -> list[Rows]:
    if content.startswith(_WORKBOOK_STARTS[1]) and _ENCRYPTED in content:
        raise _protected(path)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names]
    except PasswordError as error:
        raise _protected(path) from error
    except CalamineError as error:
        raise ConfigurationError(f"{path}: not a workbook that can be read; save it again as .xlsx or CSV") from error
    return [[[_cell(cell) for cell in row] for row in sheet] for sheet in sheets]


def _cell(value: object) -> str:
    # A workbook keeps order numbers as numbers; dates and truth values say nothing about a customer
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else ""


def _protected(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path}: protected with a password; save it without one, or as CSV")


def _csv_rows(path: Path, content: bytes) -> Rows:
    text = _decoded(content)
    if "\0" in text:
        raise ConfigurationError(f"{path}: neither CSV nor a workbook; export the list as CSV or .xlsx")
    try:
        # Strict: a quote without end would otherwise swallow the rest of the list in silence
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise ConfigurationError(f"{path}: not CSV ({error}); export the list again") from error


def _decoded(content: bytes) -> str:
    # Excel writes "Unicode text" as UTF-16 and plain CSV in the code page of the machine, here commonly Windows-1252
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    """The delimiter that gives the most rows of one and the same width; csv.Sniffer guesses from letters, too."""
    sample = text.splitlines(keepends=True)[:_SAMPLE_ROWS]

    def regularity(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if len(row) > 1]
        usual = max(widths, key=widths.count, default=0)
        return widths.count(usual), usual

    return max(_DELIMITERS, key=regularity)


def _cleaned(cell: str) -> str:
    text = cell.translate(_INVISIBLE).strip()
    return "" if text.startswith(_FORMULA_STARTS) else text
