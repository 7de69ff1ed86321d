"""A TinyDB storage that a kill, a full disk or a flipped bit cannot tear (design.md § 6).

TinyDB's own file storage writes in place: 8 of 60 kills left it unreadable, and a full disk lost everything
(mail-facts). Here every write is a new generation: a temporary file, fsync, rename, fsync of the folder; the generation
before it stays beside the file as `<name>.previous`. The file is JSON with one document a line:

    {"format": 1, "generation": 7, "sha256": "…", "tables": {…}}

`sha256` is over everything else. Nothing but this module knows the format. It takes no lock: see `locks`.
"""

import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

from tinydb import Storage

from mailbot.core.errors import RegisterDamaged, RegisterError, RegisterMissing, RegisterUnwritable

FORMAT: Final = 1

Tables = dict[str, dict[str, Any]]
"""What TinyDB keeps: table name -> document id -> document."""


_Mark = tuple[int, int]
"""Inode and modification time: every generation has its own."""


class AtomicStorage(Storage):
    """One JSON file that is replaced as a whole. `read` and `write` raise only `RegisterError`s."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._generation = 0
        self._seen: _Mark | None = None  # the generation in memory

    def read(self) -> Tables | None:
        """All tables, checked; None when there is no file. Raises `RegisterDamaged`."""
        try:
            with self.path.open("rb") as file:
                content = file.read()
                mark = _mark(os.fstat(file.fileno()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RegisterError(f"{self.path}: {error.strerror}; check owner and permissions") from error
        self._generation, tables = _parsed(content, self._damaged)
        self._seen = mark
        return tables

    def write(self, data: Tables) -> None:
        """Replace the file by a new generation. Raises `RegisterUnwritable`: then the old one is still there."""
        self._check_unchanged()
        content = _serialised(self._generation + 1, data)
        try:
            self._replace(content)
        except OSError as error:
            raise RegisterUnwritable(
                f"{self.path}: {error.strerror}; the state before it is safe: free disk space or mend the permissions"
            ) from error
        self._generation += 1

    def _replace(self, content: bytes) -> None:
        """Every step leaves a whole generation under the name, whatever happens in between."""
        temporary = beside(self.path, "new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - the mode must be right from the first byte
            file.write(content)
            file.flush()
            os.fsync(descriptor)
            mark = _mark(os.fstat(descriptor))
        if self._seen is not None:
            _keep(self.path, beside(self.path, "previous"))
        temporary.replace(self.path)
        self._seen = mark
        _sync_folder(self.path.parent)

    def _check_unchanged(self) -> None:
        """Nobody else may have written, or taken the file away, since it was read: that would undo his change."""
        try:
            found = _mark(self.path.stat())
        except FileNotFoundError:
            found = None
        except OSError:
            return  # the write itself will say what is wrong
        if found is None and self._seen is not None:
            raise RegisterMissing(missing(self.path))
        if found != self._seen:
            raise RegisterUnwritable(f"{self.path}: another program changed it meanwhile; stop that one and try again")

    def _damaged(self, reason: str) -> NoReturn:
        raise RegisterDamaged(f"{self.path}: {reason}; {remedy(self.path)}")


def _mark(status: os.stat_result) -> _Mark:
    return status.st_ino, status.st_mtime_ns


def beside(path: Path, suffix: str) -> Path:
    """A file that belongs to the register, e.g. `register.json.previous`."""
    return path.with_name(f"{path.name}.{suffix}")


def remedy(path: Path) -> str:
    """What a person can do about a damaged or missing file, as a command where there is one."""
    previous = beside(path, "previous")
    if previous.exists():
        return f"put the previous state back: cp -p {shlex.quote(str(previous))} {shlex.quote(str(path))}"
    return "put a copy from your backup back"


def missing(path: Path) -> str:
    """The sentence for a register file that was there before."""
    return f"{path}: missing; {remedy(path)}"


def _parsed(content: bytes, damaged: Callable[[str], NoReturn]) -> tuple[int, Tables]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        damaged("not readable as JSON")
    if not isinstance(document, dict) or not isinstance(document.get("tables"), dict):
        damaged("not a register")
    if document.get("format") != FORMAT:
        damaged(f"format {document.get('format')} is unknown to this version of mailbot, which reads {FORMAT}")
    generation, tables = document.get("generation"), document["tables"]
    if not isinstance(generation, int) or not all(isinstance(table, dict) for table in tables.values()):
        damaged("not a register")
    if document.get("sha256") != _checksum(generation, _canonical(tables)):
        damaged("the checksum does not fit the content")
    return generation, tables


def _serialised(generation: int, tables: Tables) -> bytes:
    body = _canonical(tables)
    head = f'{{"format": {FORMAT}, "generation": {generation}, "sha256": "{_checksum(generation, body)}", "tables": '
    return f"{head}{body}}}\n".encode("ascii")


def _checksum(generation: int, body: str) -> str:
    return hashlib.sha256(f"{FORMAT} {generation} {body}".encode("ascii")).hexdigest()


def _canonical(tables: Tables) -> str:
    """JSON in ASCII (a lone surrogate from a mail must not make it unwritable), one document a line."""
    return _lines(
        (name, _lines((key, json.dumps(value)) for key, value in table.items())) for name, table in tables.items()
    )


def _lines(items: Any) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(str(key))}: {text}" for key, text in items) + "\n}"


def _keep(path: Path, previous: Path) -> None:
    """Let `previous` be what is in `path` now; a whole generation at every instant."""
    temporary = beside(previous, "new")
    temporary.unlink(missing_ok=True)
    try:
        os.link(path, temporary)
    except OSError:  # file systems without hard links
        shutil.copy2(path, temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
    temporary.replace(previous)
    temporary.unlink(missing_ok=True)  # rename(2) leaves it when both are the same file already


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
