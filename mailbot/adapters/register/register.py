"""The register of cases: TinyDB files that only ever change as a whole (design.md § 6).

    register.json            live cases, how far each folder was read, notes, lessons, where archived cases lie,
                             what is left of anonymised ones
    register-2026.json       cases that were closed in 2026
    *.previous               the generation before
    register.json.lock       see `locks`: hold it while a register is open

An archive is written before the live file lets a case go, and swept after the live file has it back. After a crash
between the two the live file is right: a copy that it does not place in that archive is never seen, and swept later.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tinydb import Storage, where
from tinydb.queries import QueryInstance
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from mailbot.adapters.register.casefile import CaseFile
from mailbot.adapters.register.storage import AtomicStorage, beside, missing, remedy
from mailbot.core.cases import Case, EventKind, Status
from mailbot.core.errors import RegisterDamaged, RegisterMissing, RegisterUnwritable
from mailbot.core.experience import DeskLesson
from mailbot.core.folders import Checkpoint
from mailbot.core.lifecycle import status_of
from mailbot.core.records import lesson_of, record_of_lesson, record_of_row, row_of_record
from mailbot.core.retention import Row

_ENDED: Final = (Status.CLOSED, Status.ANONYMISED)
_ENDING: Final = (EventKind.CLOSED, EventKind.DISMISSED)


_LESSONS_KEPT: Final = 500  # of all mailboxes: some years of decisions, compared with every mail in a millisecond

_IN_MEMORY: Final = Path(":memory:/register.json")  # a folder that does not exist


def open_register(path: Path, *, create: bool = False) -> "TinyRegister":
    """The register in this file; `create` makes one, and its folder, where there never was any.

    Hold `register_lock` while working on it. Raises `RegisterMissing`, `RegisterDamaged` and `RegisterUnwritable`.
    """
    path = path.resolve()  # a rename would replace a symbolic link, not the file behind it
    if not path.exists():
        if beside(path, "previous").exists() or _archives_on_disk(path):
            raise RegisterMissing(missing(path))
        if not create:
            raise RegisterMissing(f"{path}: there is no register yet; create it with: mailbot init")
        _create(path)
    return TinyRegister(path, AtomicStorage)


def memory_register() -> "TinyRegister":
    """A register that lives and dies with the process, for tests."""
    return TinyRegister(_IN_MEMORY, lambda _: MemoryStorage())  # type: ignore[no-untyped-call]  # TinyDB's


class TinyRegister:
    """Fulfils `service.ports.Register`. All changes are in memory until `commit`, also those that failed to be written.

    Raises `RegisterDamaged` and `RegisterMissing` when opened, and when an archive is first needed.
    """

    def __init__(self, path: Path, storage: Callable[[Path], Storage]) -> None:
        self._path = path
        self._storage = storage
        self.refresh()

    def refresh(self) -> None:
        """Read the files again, because another command may have changed them; what was not committed is forgotten."""
        self._live = CaseFile(self._path, self._storage(self._path), expected=self._path is not _IN_MEMORY)
        self._archives: dict[int, CaseFile] = {}
        self._archived: dict[str, int] = {}  # reference -> year
        self._of_mail: dict[str, str] = {}  # fingerprint -> reference
        try:
            for entry in self._live.table("archived").all():
                self._archived[entry["reference"]] = entry["year"]
                self._of_mail.update(dict.fromkeys(entry["mails"], entry["reference"]))
        except (KeyError, TypeError) as error:
            raise RegisterDamaged(f"{self._path}: the list of archived cases is odd; {remedy(self._path)}") from error
        try:
            self._lessons = tuple(lesson_of(entry) for entry in self._live.table("lessons").all())
        except ValueError as error:
            raise RegisterDamaged(f"{self._path}: lesson: {error}; {remedy(self._path)}") from error
        self._read_gone()
        for case in self._live.cases:
            self._of_mail.update(dict.fromkeys(_fingerprints(case), case.reference))

    def _read_gone(self) -> None:
        try:
            rows = [row_of_record(entry) for entry in self._live.table("rows").all()]
            self._rows = {row.reference: row for row in rows}
            self._gone = {*self._rows, *(entry["reference"] for entry in self._live.table("gone").all())}
        except (ValueError, KeyError, TypeError) as error:
            raise RegisterDamaged(f"{self._path}: anonymous row: {error}; {remedy(self._path)}") from error

    def cases(self) -> tuple[Case, ...]:
        """All live cases, in the order in which they were opened."""
        return self._live.cases

    def archived_cases(self) -> Iterator[Case]:
        """All closed cases, year by year."""
        for year in sorted(set(self._archived.values())):
            yield from (case for case in self._archive(year).cases if self._belongs(year, case.reference))

    def case(self, reference: str) -> Case | None:
        """One case, live or archived; the reference is compared without case."""
        reference = reference.upper()
        year = self._archived.get(reference)
        return self._live.get(reference) if year is None else self._archive(year).get(reference)

    def case_of_mail(self, fingerprint: str) -> str | None:
        """The reference of the case that this mail belongs to; reads no archive."""
        return self._of_mail.get(fingerprint)

    def save(self, case: Case) -> None:
        """Add or replace a case; one from an archive is live again until the next commit."""
        if case.reference in self._gone:
            raise ValueError(f"{case.reference} is anonymous and never comes back")
        before = self.case(case.reference)
        if before == case:
            return
        for fingerprint in _fingerprints(before) if before else ():
            self._of_mail.pop(fingerprint, None)
        self._of_mail.update(dict.fromkeys(_fingerprints(case), case.reference))
        if self._archived.pop(case.reference, None) is not None:
            self._live.table("archived").remove(where("reference") == case.reference)
        self._live.put(case)

    def rows(self) -> tuple[Row, ...]:
        """What is left of all anonymised cases, in the order in which they became so."""
        return tuple(self._rows.values())

    def row(self, reference: str) -> Row | None:
        """What is left of one anonymised case; the reference is compared without case."""
        return self._rows.get(reference.upper())

    def is_taken(self, reference: str) -> bool:
        """Whether this reference was ever given out, also to a case that is gone: it is never given out again."""
        return reference.upper() in self._gone or self.case(reference) is not None

    def anonymise(self, row: Row, notices: Sequence[str] = ()) -> None:
        """Put the row in the place of its case, and let the notices about it go, of which only the references stay.

        On disk from the next commit on; `rewrite_generations` after that one, or the files still hold the person.
        """
        gone = {row.reference, *notices}
        for case in filter(None, map(self.case, gone)):
            for fingerprint in _fingerprints(case):
                self._of_mail.pop(fingerprint, None)
        self._live.table("archived").remove(where("reference").one_of([*gone]))
        for reference in gone:
            self._archived.pop(reference, None)
        self._live.retain(lambda reference: reference not in gone)
        self._live.table("rows").insert(record_of_row(row))
        self._live.table("gone").insert_multiple({"reference": reference} for reference in notices)
        self._rows[row.reference] = row
        self._gone |= gone

    def checkpoint(self, mailbox: str, folder: str) -> Checkpoint | None:
        """How far the folder was read."""
        entry = self._live.table("checkpoints").get(_folder(mailbox, folder))
        return Checkpoint(entry["uidvalidity"], entry["last_uid"]) if isinstance(entry, Document) else None

    def move_checkpoint(self, mailbox: str, folder: str, checkpoint: Checkpoint) -> None:
        """Remember how far the folder was read."""
        entry = {
            "mailbox": mailbox,
            "folder": folder,
            "uidvalidity": checkpoint.uidvalidity,
            "last_uid": checkpoint.last_uid,
        }
        _put(self._live.table("checkpoints"), _folder(mailbox, folder), entry)

    def note(self, key: str) -> str | None:
        """A small fact."""
        entry = self._live.table("notes").get(where("key") == key)
        return entry["value"] if isinstance(entry, Document) else None

    def set_note(self, key: str, value: str | None) -> None:
        """Remember a small fact, or forget it with None."""
        notes = self._live.table("notes")
        if value is not None:
            _put(notes, where("key") == key, {"key": key, "value": value})
        elif self.note(key) is not None:
            notes.remove(where("key") == key)

    def notes(self, prefix: str) -> dict[str, str]:
        """All small facts whose key starts with the prefix."""
        entries = self._live.table("notes").all()
        return {entry["key"]: entry["value"] for entry in entries if entry["key"].startswith(prefix)}

    def lessons(self) -> tuple[DeskLesson, ...]:
        """What the privacy contact's decisions taught, oldest first."""
        return self._lessons

    def keep_lesson(self, lesson: DeskLesson) -> None:
        """Remember a lesson, in place of one about the very same mail; of more than `_LESSONS_KEPT` the oldest goes."""
        about_others = [one for one in self._lessons if (one.mailbox, one.signs) != (lesson.mailbox, lesson.signs)]
        self._write_lessons((*about_others, lesson)[-_LESSONS_KEPT:])

    def forget_lesson(self, lesson_id: str) -> bool:
        """Forget a lesson; whether there was one. The id is compared without case."""
        others = tuple(one for one in self._lessons if one.id != lesson_id.upper())
        is_known = len(others) < len(self._lessons)
        if is_known:
            self._write_lessons(others)
        return is_known

    def _write_lessons(self, lessons: tuple[DeskLesson, ...]) -> None:
        table = self._live.table("lessons")
        table.truncate()
        table.insert_multiple(record_of_lesson(lesson) for lesson in lessons)
        self._lessons = lessons

    def commit(self) -> None:
        """Write what changed, as one step. Raises `RegisterUnwritable`: the change stays in memory for the next try."""
        self._archive_ended()
        self._live.write()
        self._sweep_archives()

    def rewrite_generations(self) -> None:
        """Commit, then write every file once more, so that no previous generation holds what was removed (art. 17)."""
        for year in {*self._archived.values(), *_archives_on_disk(self._path)}:
            self._archive(year)
        self.commit()
        for file in (self._live, *self._archives.values()):
            file.rewrite()

    def _archive_ended(self) -> None:
        live = {case.reference for case in self._live.cases if status_of(case) not in _ENDED}
        # A notice to a processor stays at hand as long as the request that it is about
        ended = [case for case in self._live.cases if case.reference not in live and case.parent not in live]
        for case in ended:
            self._archive(_year_of_ending(case)).put(case)
        for year in {_year_of_ending(case) for case in ended}:
            self._archive(year).write()
        for case in ended:
            self._note_archived(case)
        self._live.retain(lambda reference: reference not in self._archived)

    def _note_archived(self, case: Case) -> None:
        year = self._archived[case.reference] = _year_of_ending(case)
        entry = {"reference": case.reference, "year": year, "mails": list(_fingerprints(case))}
        self._live.table("archived").insert(entry)

    def _sweep_archives(self) -> None:
        """Drop the copies of cases that are live again, or closed in another year."""
        for year, archive in self._archives.items():
            archive.retain(partial(self._belongs, year))
            archive.write()

    def _belongs(self, year: int, reference: str) -> bool:
        """Whether this archive holds the valid copy; one that no other file knows is kept."""
        if reference in self._gone:
            return False
        return self._live.get(reference) is None and self._archived.get(reference, year) == year

    def _archive(self, year: int) -> CaseFile:
        if year not in self._archives:
            path = _archive_path(self._path, str(year))
            expected = self._path is not _IN_MEMORY and year in self._archived.values()
            self._archives[year] = CaseFile(path, self._storage(path), expected=expected)
        return self._archives[year]


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RegisterUnwritable(f"{path.parent}: {error.strerror}; create this folder yourself") from error
    AtomicStorage(path).write({})


def _archive_path(path: Path, year: str) -> Path:
    return path.with_name(f"{path.stem}-{year}{path.suffix}")


def _archives_on_disk(path: Path) -> set[int]:
    names = (found.stem for found in path.parent.glob(_archive_path(path, "????").name))
    return {int(name[-4:]) for name in names if name[-4:].isdecimal()}


def _year_of_ending(case: Case) -> int:
    return next(event.at.year for event in reversed(case.events) if event.kind in _ENDING)


def _fingerprints(case: Case) -> tuple[str, ...]:
    return tuple(mail.fingerprint for mail in case.mails)


def _folder(mailbox: str, folder: str) -> QueryInstance:
    both: QueryInstance = (where("mailbox") == mailbox) & (where("folder") == folder)
    return both


def _put(table: Table, query: QueryInstance, entry: dict[str, object]) -> None:
    if table.get(query) != entry:
        table.upsert(entry, query)
