"""The register on disk and in memory; kills, full disks and damage are real ones."""

import json
import os
import random
import re
import shlex
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from case_files import a_case, after, anonymous, closed

from mailbot.adapters.register import TinyRegister, memory_register, open_register, register_lock, service_lock
from mailbot.adapters.register.storage import AtomicStorage
from mailbot.core.cases import EventKind
from mailbot.core.errors import LockHeld, RegisterDamaged, RegisterMissing, RegisterUnwritable
from mailbot.core.experience import DeskLesson
from mailbot.core.folders import Checkpoint
from mailbot.core.records import record_of

LATER = datetime(2027, 2, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.json"


@pytest.fixture
def on_disk(path: Path) -> TinyRegister:
    return open_register(path, create=True)


@pytest.fixture(params=["memory", "disk"])
def register(request: pytest.FixtureRequest, path: Path) -> TinyRegister:
    return memory_register() if request.param == "memory" else open_register(path, create=True)


# the same behaviour in memory and on disk


def test_a_new_register_is_empty(register: TinyRegister) -> None:
    assert register.cases() == ()
    assert register.case("P-7K3Q9X") is None
    assert register.case_of_mail("unknown") is None
    assert register.checkpoint("info", "INBOX") is None
    assert register.note("digest") is None


def test_a_change_is_seen_at_once(register: TinyRegister) -> None:
    register.save(a_case())
    assert register.cases() == (a_case(),)


def test_cases_stay_in_the_order_in_which_they_were_opened(register: TinyRegister) -> None:
    references = [f"P-{number}" for number in range(12)]
    for reference in references:
        register.save(a_case(reference))
    register.save(after(a_case("P-3"), EventKind.IDENTIFIED))
    register.commit()
    assert [case.reference for case in register.cases()] == references


def a_lesson(name: str, *signs: str, mailbox: str = "info") -> DeskLesson:
    return DeskLesson(name, date(2026, 11, 2), mailbox, False, (), signs)


def test_lessons_of_the_desk_are_kept_in_order_and_forgotten_by_their_id(register: TinyRegister) -> None:
    first, second = a_lesson("L-1", "weg"), a_lesson("L-2", "weg", mailbox="daan")
    register.keep_lesson(first)
    register.keep_lesson(second)
    register.commit()
    assert register.lessons() == (first, second)
    assert register.forget_lesson("l-1")
    assert not register.forget_lesson("L-1")
    assert register.lessons() == (second,)


def test_a_later_lesson_about_the_same_mail_replaces_the_earlier_one(register: TinyRegister) -> None:
    register.keep_lesson(a_lesson("L-1", "weg"))
    again = a_lesson("L-2", "weg")
    register.keep_lesson(again)
    assert register.lessons() == (again,)


def test_the_oldest_lessons_go_when_there_are_too_many(register: TinyRegister) -> None:
    for number in range(503):
        register.keep_lesson(a_lesson(f"L-{number}", str(number)))
    assert [lesson.id for lesson in register.lessons()][:1] == ["L-3"]


def test_lessons_are_read_again_from_disk(path: Path) -> None:
    register = open_register(path, create=True)
    register.keep_lesson(a_lesson("L-1", "weg"))
    register.commit()
    assert open_register(path).lessons() == (a_lesson("L-1", "weg"),)


def test_a_damaged_lesson_is_named(path: Path) -> None:
    register = open_register(path, create=True)
    register._live.table("lessons").insert({"id": "L-1"})
    register.commit()
    with pytest.raises(RegisterDamaged, match="lesson: day: missing"):
        open_register(path)


def test_a_reference_is_found_without_case(register: TinyRegister) -> None:
    register.save(a_case("P-7K3Q9X"))
    assert register.case("p-7k3q9x") == a_case("P-7K3Q9X")


def test_saving_a_case_again_replaces_it(register: TinyRegister) -> None:
    register.save(a_case())
    identified = after(a_case(), EventKind.IDENTIFIED)
    register.save(identified)
    register.commit()
    assert register.cases() == (identified,)


def test_every_mail_of_a_case_leads_to_it(register: TinyRegister) -> None:
    register.save(a_case("P-1", mails=("first", "second")))
    register.save(a_case("P-2", mails=("third",)))
    assert [register.case_of_mail(mail) for mail in ("first", "second", "third")] == ["P-1", "P-1", "P-2"]


@pytest.mark.parametrize("end", [EventKind.CLOSED, EventKind.DISMISSED])
def test_an_ended_case_leaves_the_live_cases_but_is_still_found(register: TinyRegister, end: EventKind) -> None:
    ended = after(a_case("P-1"), end)
    register.save(ended)
    register.save(a_case("P-2"))
    register.commit()
    assert register.cases() == (a_case("P-2"),)
    assert register.case("P-1") == ended
    assert register.case_of_mail("mail-of-P-1") == "P-1"
    assert list(register.archived_cases()) == [ended]


def test_a_reopened_case_is_live_again_and_only_there(register: TinyRegister) -> None:
    register.save(closed(a_case()))
    register.commit()
    reopened = after(closed(a_case()), EventKind.REOPENED)
    register.save(reopened)
    assert register.cases() == (reopened,)
    register.commit()
    assert register.cases() == (reopened,)
    assert register.case(reopened.reference) == reopened
    assert not list(register.archived_cases())


def test_a_case_reopened_and_closed_in_another_year_lies_in_that_year_only(register: TinyRegister) -> None:
    first = closed(a_case())
    register.save(first)
    register.commit()
    again = closed(after(first, EventKind.REOPENED), at=LATER)
    register.save(again)
    register.commit()
    assert register.cases() == ()
    assert list(register.archived_cases()) == [again]


def test_a_case_reopened_and_closed_within_one_commit_is_not_lost(register: TinyRegister) -> None:
    register.save(closed(a_case()))
    register.commit()
    again = closed(after(closed(a_case()), EventKind.REOPENED))
    register.save(again)
    register.commit()
    assert list(register.archived_cases()) == [again]


def test_a_bounce_of_an_archived_case_changes_the_archive(register: TinyRegister) -> None:
    register.save(closed(a_case()))
    register.commit()
    bounced = after(closed(a_case()), EventKind.MAIL_BOUNCED)
    register.save(bounced)
    register.commit()
    assert register.cases() == ()
    assert register.case(bounced.reference) == bounced


def test_an_anonymised_case_is_no_longer_found_by_its_mail(register: TinyRegister) -> None:
    register.save(closed(a_case()))
    register.commit()
    register.save(anonymous(closed(a_case())))
    register.commit()
    assert register.case_of_mail("mail-of-P-7K3Q9X") is None
    assert register.case("P-7K3Q9X") == anonymous(closed(a_case()))


def test_a_checkpoint_belongs_to_one_folder_of_one_mailbox(register: TinyRegister) -> None:
    register.move_checkpoint("info", "INBOX", Checkpoint(1, 10))
    register.move_checkpoint("info", "Junk", Checkpoint(1, 20))
    register.move_checkpoint("daan", "INBOX", Checkpoint(1, 30))
    register.move_checkpoint("info", "INBOX", Checkpoint(2, 5))
    assert register.checkpoint("info", "INBOX") == Checkpoint(2, 5)
    assert register.checkpoint("info", "Junk") == Checkpoint(1, 20)
    assert register.checkpoint("daan", "INBOX") == Checkpoint(1, 30)


def test_a_note_is_remembered_replaced_and_forgotten(register: TinyRegister) -> None:
    register.set_note("digest:last", "2026-11-22")
    register.set_note("digest:last", "2026-11-23")
    register.set_note("aside:1", "odd")
    assert register.note("digest:last") == "2026-11-23"
    assert register.notes("digest:") == {"digest:last": "2026-11-23"}
    register.set_note("digest:last", None)
    register.set_note("never:there", None)
    assert register.notes("") == {"aside:1": "odd"}


# what only a disk can do


def test_a_committed_register_opens_as_it_was(on_disk: TinyRegister, path: Path) -> None:
    ended = closed(a_case("P-2"))
    on_disk.save(a_case("P-1", mails=("a", "b")))
    on_disk.save(ended)
    on_disk.move_checkpoint("info", "INBOX", Checkpoint(7, 99))
    on_disk.set_note("key", "value é \udce9")
    on_disk.commit()
    again = open_register(path)
    assert again.cases() == (a_case("P-1", mails=("a", "b")),)
    assert again.case("P-2") == ended
    assert again.case_of_mail("b") == "P-1"
    assert again.case_of_mail("mail-of-P-2") == "P-2"
    assert again.checkpoint("info", "INBOX") == Checkpoint(7, 99)
    assert again.note("key") == "value é \udce9"


def test_what_was_not_committed_is_not_on_disk(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(a_case())
    assert open_register(path).cases() == ()


def test_one_commit_writes_one_generation(on_disk: TinyRegister, path: Path) -> None:
    for number in range(5):
        on_disk.save(a_case(f"P-{number}"))
    on_disk.set_note("key", "value")
    on_disk.commit()
    assert _generation(path) == 2


def test_nothing_changed_means_nothing_written(on_disk: TinyRegister, path: Path) -> None:
    def the_same_again() -> None:
        on_disk.save(a_case())
        on_disk.save(closed(a_case("P-2")))
        on_disk.move_checkpoint("info", "INBOX", Checkpoint(1, 1))
        on_disk.set_note("key", "value")
        on_disk.set_note("nothing", None)
        on_disk.commit()

    the_same_again()
    before = {file.name: file.stat().st_mtime_ns for file in path.parent.iterdir()}
    the_same_again()
    assert {file.name: file.stat().st_mtime_ns for file in path.parent.iterdir()} == before


def test_the_generation_before_is_kept(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(a_case("P-1"))
    on_disk.commit()
    on_disk.save(a_case("P-2"))
    on_disk.commit()
    previous = AtomicStorage(path.with_name("register.json.previous")).read()
    assert previous is not None
    assert [case["reference"] for case in previous["cases"].values()] == ["P-1"]


def test_only_the_owner_may_read_any_of_the_files(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(closed(a_case()))
    on_disk.commit()
    with register_lock(path, "test"):
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert set(modes) == {"register.json", "register.json.previous", "register.json.lock", "register-2026.json"}


def test_a_register_behind_a_symbolic_link_is_written_where_it_is(on_disk: TinyRegister, path: Path) -> None:
    link = path.with_name("link.json")
    link.symlink_to(path)
    linked = open_register(link)
    linked.save(a_case())
    linked.commit()
    assert link.is_symlink()
    assert open_register(path).cases() == (*on_disk.cases(), a_case())


def test_another_command_may_have_worked_in_between(on_disk: TinyRegister, path: Path) -> None:
    other = open_register(path)
    other.save(a_case())
    other.commit()
    on_disk.refresh()
    assert on_disk.cases() == (a_case(),)


def test_a_change_by_somebody_else_is_never_overwritten(on_disk: TinyRegister, path: Path) -> None:
    other = open_register(path)
    other.save(a_case("P-1"))
    other.commit()
    on_disk.save(a_case("P-2"))
    with pytest.raises(RegisterUnwritable, match="another program"):
        on_disk.commit()
    assert open_register(path).cases() == (a_case("P-1"),)


# opening what is not as it should be


def test_a_missing_register_names_init(path: Path) -> None:
    with pytest.raises(RegisterMissing, match="mailbot init"):
        open_register(path)
    assert not path.exists()


def test_the_first_register_is_created_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "state" / "mailbot" / "register.json"
    assert open_register(path, create=True).cases() == ()
    assert open_register(path).cases() == ()


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("left", ["register.json.previous", "register-2026.json"])
def test_a_register_that_was_there_before_never_starts_afresh(path: Path, left: str, create: bool) -> None:
    register = open_register(path, create=True)
    register.save(closed(a_case()))
    register.commit()
    for file in path.parent.iterdir():
        if file.name != left:
            file.unlink()
    with pytest.raises(RegisterMissing, match="missing; put "):
        open_register(path, create=create)
    assert [file.name for file in path.parent.iterdir()] == [left]


def test_a_register_taken_away_while_working_is_not_silently_replaced(on_disk: TinyRegister, path: Path) -> None:
    path.unlink()
    on_disk.save(a_case())
    with pytest.raises(RegisterMissing):
        on_disk.commit()
    assert not path.exists()


def _forged(**fields: object) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps(json.loads(content) | fields).encode()


DAMAGE = [
    ("empty", lambda _: b"", "not readable"),
    ("cut in two", lambda content: content[: len(content) // 2], "not readable"),
    ("no text", lambda _: b"\xff\xfe\x00", "not readable"),
    ("nested without end", lambda _: b"[" * 200_000, "not readable"),
    ("a list", lambda _: b"[]", "not a register"),
    ("tables that are none", _forged(tables={"cases": []}), "not a register"),
    ("no generation", _forged(generation=None), "not a register"),
    ("from the future", _forged(format=99), "format 99 is unknown"),
    ("an edited word", lambda content: content.replace(b"example.org", b"example.com"), "checksum"),
    ("an older number", _forged(generation=1), "checksum"),
]


@pytest.mark.parametrize(("change", "complaint"), [case[1:] for case in DAMAGE], ids=[case[0] for case in DAMAGE])
def test_damage_is_named_with_a_remedy_that_works(
    on_disk: TinyRegister, path: Path, change: Callable[[bytes], bytes], complaint: str
) -> None:
    for case in (a_case("P-1"), a_case("P-2")):
        on_disk.save(case)
        on_disk.commit()
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(RegisterDamaged, match=f"^{re.escape(str(path))}: .*{complaint}") as damage:
        open_register(path, create=True)
    assert "\n" not in str(damage.value)
    assert "example.org" not in str(damage.value)
    subprocess.run(shlex.split(str(damage.value).partition("back: ")[2]), check=True)
    assert open_register(path).cases() == (a_case("P-1"),)


def test_no_flipped_bit_goes_unnoticed(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(a_case())
    on_disk.commit()
    whole = path.read_bytes()
    chance = random.Random(7)  # noqa: S311 - the same moments in every run
    for number in chance.sample(range(len(whole) * 8), 300):
        flipped = bytearray(whole)
        flipped[number // 8] ^= 1 << number % 8
        path.write_bytes(flipped)
        try:
            assert open_register(path).cases() == (a_case(),)  # e.g. the other kind of white space between two fields
        except RegisterDamaged:
            continue


def test_a_case_that_cannot_be_is_damage_even_with_a_right_checksum(path: Path) -> None:
    never_approved = a_case().events + after(a_case(), EventKind.DRAFT_LAID, EventKind.APPROVED).events[2:]
    register = open_register(path, create=True)
    register._live._table.insert(record_of(replace(a_case(), events=never_approved)))
    register.commit()
    with pytest.raises(RegisterDamaged, match="case P-7K3Q9X: approved is not possible in open"):
        open_register(path)


def test_a_case_with_an_unknown_field_is_damage_that_names_the_field(path: Path) -> None:
    register = open_register(path, create=True)
    register._live._table.insert(record_of(a_case()) | {"colour": "red"})
    register.commit()
    with pytest.raises(RegisterDamaged, match="case P-7K3Q9X: colour: unknown field"):
        open_register(path)


def test_a_missing_archive_is_an_error_once_it_is_needed(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(closed(a_case()))
    on_disk.commit()
    path.with_name("register-2026.json").unlink()
    again = open_register(path)
    assert again.case_of_mail("mail-of-P-7K3Q9X") == "P-7K3Q9X"
    with pytest.raises(RegisterMissing, match=r"register-2026\.json: missing"):
        again.case("P-7K3Q9X")
    again.save(closed(a_case("P-2")))
    with pytest.raises(RegisterMissing, match=r"register-2026\.json: missing"):
        again.commit()
    assert not path.with_name("register-2026.json").exists()


def test_opening_reads_no_archive(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(closed(a_case()))
    on_disk.commit()
    path.with_name("register-2026.json").write_text("rubbish")
    assert open_register(path).case_of_mail("mail-of-P-7K3Q9X") == "P-7K3Q9X"


# crashes between two files


def _crash_before_the_live_file(path: Path, register: TinyRegister) -> TinyRegister:
    """Commit, and put the live file back: as if the power went after the archive was written."""
    before = path.read_bytes()
    register.commit()
    path.write_bytes(before)
    return open_register(path)


def test_a_case_in_archive_and_live_file_counts_once_and_the_live_one_holds(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(a_case())
    on_disk.commit()
    on_disk.save(closed(a_case()))
    crashed = _crash_before_the_live_file(path, on_disk)
    assert crashed.cases() == (a_case(),)
    assert crashed.case("P-7K3Q9X") == a_case()
    assert not list(crashed.archived_cases())
    crashed.save(closed(a_case(), at=LATER))
    crashed.commit()
    again = open_register(path)
    assert again.cases() == ()
    assert list(again.archived_cases()) == [closed(a_case(), at=LATER)]


def test_a_copy_left_in_an_archive_by_a_crash_goes_when_the_generations_are_rewritten(
    on_disk: TinyRegister, path: Path
) -> None:
    on_disk.save(a_case())
    on_disk.commit()
    on_disk.save(closed(a_case()))
    crashed = _crash_before_the_live_file(path, on_disk)
    crashed.save(anonymous(closed(a_case(), at=LATER)))
    crashed.rewrite_generations()
    assert _files_with(path.parent, "jan@example.org") == []


def test_after_rewriting_no_generation_holds_what_was_removed(on_disk: TinyRegister, path: Path) -> None:
    on_disk.save(closed(a_case()))
    on_disk.commit()
    on_disk.save(anonymous(closed(a_case())))
    on_disk.commit()
    assert _files_with(path.parent, "jan@example.org") != []
    on_disk.rewrite_generations()
    assert _files_with(path.parent, "jan@example.org") == []
    assert list(open_register(path).archived_cases()) == [anonymous(closed(a_case()))]


COMMIT_FOR_EVER = """
import sys
sys.path[:0] = [sys.argv[2]]
from pathlib import Path
from case_files import a_case, after, closed
from mailbot.adapters.register import open_register, register_lock
from mailbot.core.cases import EventKind

path = Path(sys.argv[1])
with register_lock(path, "writer"):
    register = open_register(path, create=True)
    number = int(register.note("number") or 0)
    while True:
        number += 1
        # a case opens, and the one of three rounds ago closes: an archive and the live file change together
        register.save(a_case(f"P-{number}"))
        if old := register.case(f"P-{number - 3}"):
            register.save(closed(old))
        register.set_note("number", str(number))
        register.commit()
        print(number, flush=True)
"""


def test_no_kill_ever_leaves_half_a_generation(path: Path) -> None:
    """40 real kills at random moments: what was reported as committed is there, and every case exactly once."""
    chance = random.Random(2026)  # noqa: S311 - the same moments in every run
    committed = 0
    for _ in range(40):
        committed = max(committed, _killed_while_committing(path, chance.uniform(0, 0.03)))
        register = open_register(path)
        number = int(register.note("number") or 0)
        assert number in {committed, committed + 1}  # killed between the commit and its report
        live = [case.reference for case in register.cases()]
        assert live == [f"P-{n}" for n in range(max(1, number - 2), number + 1)]
        archived = [case.reference for case in register.archived_cases()]
        assert sorted(archived) == sorted(f"P-{n}" for n in range(1, number - 2))
        committed = number
    assert committed > 40


def _killed_while_committing(path: Path, moment: float) -> int:
    """Let a process commit at least once, kill it a moment later, and return the last number it reported."""
    tests = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", COMMIT_FOR_EVER, str(path), str(tests)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        assert first, "the writer did not start"
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(moment)
        writer.send_signal(signal.SIGKILL)
        reported = [first, *writer.stdout.read().splitlines()]
    return int(reported[-1])


# disks that refuse


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a disk of 64 kB can be mounted by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_the_old_state_and_the_change_in_memory(tiny_disk: Path) -> None:
    path = tiny_disk / "register.json"
    register = open_register(path, create=True)
    register.save(a_case("P-1"))
    register.commit()
    ballast = tiny_disk / "ballast"
    _fill(ballast)
    register.save(closed(a_case("P-1")))
    register.save(a_case("P-2"))
    for _ in range(2):
        with pytest.raises(RegisterUnwritable, match=r"No space left on device; .*free disk space"):
            register.commit()
    assert open_register(path).cases() == (a_case("P-1"),)
    assert register.cases()[-1] == a_case("P-2")
    ballast.unlink()
    register.commit()
    again = open_register(path)
    assert again.cases() == (a_case("P-2"),)
    assert list(again.archived_cases()) == [closed(a_case("P-1"))]


def test_a_read_only_disk_leaves_the_old_state_and_the_change_in_memory(tiny_disk: Path) -> None:
    path = tiny_disk / "register.json"
    register = open_register(path, create=True)
    register.save(a_case())
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    with pytest.raises(RegisterUnwritable, match="Read-only file system"):
        register.commit()
    assert open_register(path).cases() == ()
    subprocess.run(["mount", "-o", "remount,rw", tiny_disk], check=True)
    register.commit()
    assert open_register(path).cases() == (a_case(),)


def test_a_folder_in_the_way_of_the_new_generation_is_an_error_with_the_old_state_intact(
    on_disk: TinyRegister, path: Path
) -> None:
    path.with_name("register.json.new").mkdir()
    on_disk.save(a_case())
    with pytest.raises(RegisterUnwritable, match="Is a directory"):
        on_disk.commit()
    assert open_register(path).cases() == ()
    assert on_disk.cases() == (a_case(),)


def test_what_a_killed_write_left_behind_does_not_stand_in_the_way(on_disk: TinyRegister, path: Path) -> None:
    for name in ("register.json.new", "register.json.previous.new"):
        path.with_name(name).write_text("half a gener")
    on_disk.save(a_case())
    on_disk.commit()
    assert open_register(path).cases() == (a_case(),)
    assert sorted(file.name for file in path.parent.iterdir()) == ["register.json", "register.json.previous"]


# locks

HOLD = """
import sys
from pathlib import Path
from mailbot.adapters.register import register_lock, service_lock

with {"register": register_lock, "service": service_lock}[sys.argv[2]](Path(sys.argv[1]), "mailbot run"):
    print("held", flush=True)
    sys.stdin.read()
"""
LOCKS = {"register": register_lock, "service": service_lock}


@pytest.fixture(params=sorted(LOCKS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def holder(path: Path, kind: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_one_is_told_who_holds_the_lock(holder: "subprocess.Popen[str]", path: Path, kind: str) -> None:
    with (
        pytest.raises(LockHeld, match=rf"process {holder.pid} \(mailbot run\) since 20\d\d-\d\d-\d\d .* UTC; wait"),
        LOCKS[kind](path, "mailbot approve"),
    ):
        pytest.fail("both have it")


def test_a_killed_holder_frees_the_lock(holder: "subprocess.Popen[str]", path: Path, kind: str) -> None:
    holder.kill()
    holder.wait()
    with LOCKS[kind](path, "mailbot approve"):
        assert list(path.parent.glob("*.lock"))


def test_a_command_waits_until_the_pass_is_over(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), "register"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        threading.Timer(0.3, process.stdin.close).start()
        with register_lock(path, "mailbot approve", wait=30.0):
            assert json.loads(path.with_name("register.json.lock").read_text())["pid"] == os.getpid()


def test_waiting_ends(path: Path) -> None:
    with (
        register_lock(path, "mailbot run"),
        pytest.raises(LockHeld, match="mailbot run"),
        register_lock(path, "mailbot approve", wait=0.1),
    ):
        pytest.fail("both have it")


def test_a_pass_and_the_service_have_different_locks(path: Path) -> None:
    with service_lock(path, "mailbot run"), register_lock(path, "mailbot run"):
        assert sorted(file.name for file in path.parent.iterdir()) == ["register.json.lock", "register.json.run.lock"]


def test_a_lock_can_be_taken_again_and_its_file_stays(path: Path) -> None:
    for _ in range(2):
        with register_lock(path, "mailbot cases"):
            pass
    assert path.with_name("register.json.lock").exists()


def test_a_lock_in_a_folder_that_does_not_exist_names_it(tmp_path: Path) -> None:
    with pytest.raises(RegisterUnwritable, match="nowhere"), register_lock(tmp_path / "nowhere" / "r.json", "test"):
        pytest.fail("there is nothing to hold")


def _generation(path: Path) -> int:
    return int(json.loads(path.read_bytes())["generation"])


def _files_with(folder: Path, text: str) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if text.encode() in file.read_bytes())


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"0" * 512):
            pass
