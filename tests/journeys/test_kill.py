"""Killed between any two steps and started again: nothing is lost and nothing doubled.

Every call that changes the world (a commit, an APPEND, a MOVE, an EXPUNGE, a sent mail) is a step. The journey is run
once to count them; then it is run again for each step, stopped dead just before it and just after it, and continued by
a fresh process state: only the files and the servers survive.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from company import DAAN, Company, a_letter

from mailbot.core.cases import DraftState, EventKind
from mailbot.demo.servers import EmbeddedServers
from mailbot.service.office import Office
from mailbot.service.passes import run_pass

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"


class Killed(BaseException):
    """Not an Exception: nothing in the program may catch it, as nothing catches SIGKILL."""


@dataclass
class Fuse:
    """Burns one step per call and kills at `at`, before or after the call."""

    at: int = -1
    after: bool = False
    burnt: int = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            number, self.burnt = self.burnt, self.burnt + 1
            if number == self.at and not self.after:
                raise Killed
            result = call(*arguments, **named)
            if number == self.at:
                raise Killed
            return result

        return step


class Fused:
    """A real collaborator whose steps burn the fuse; everything else goes straight through."""

    def __init__(self, inner: Any, fuse: Fuse, steps: tuple[str, ...]) -> None:
        self._inner, self._fuse, self._steps = inner, fuse, steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._fuse.around(found) if name in self._steps else found


class FusedOutbox:
    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    @contextmanager
    def session(self) -> Iterator[Any]:
        with self._inner.session() as session:
            yield Fused(session, self._fuse, ("send",))


def fused(office: Office, fuse: Fuse) -> Office:
    steps = ("append", "move", "remove")
    watched = {name: replace(each, mailbox=Fused(each.mailbox, fuse, steps)) for name, each in office.watched.items()}
    return replace(
        office,
        watched=watched,
        review=Fused(office.review, fuse, steps),
        register=Fused(office.register, fuse, ("commit",)),
        outbox=FusedOutbox(office.outbox, fuse),
    )  # fmt: skip


def a_pass_with(company: Company, fuse: Fuse) -> None:
    try:
        with company.office("run") as office:
            run_pass(fused(office, fuse))
    except Killed:
        company.connections.close()


def the_company(folder: Path, pymap: EmbeddedServers) -> Company:
    folder.mkdir()
    return Company(folder, pymap, pymap.smtp_port, pymap.sink.sent)


def the_scene(company: Company) -> None:
    """A draft that the person approved by moving it, a new request and an unclear mail: one pass does everything."""
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_draft_is_approved_by_moving()
    company.a_mail_arrives(
        "Graag een kopie van al mijn persoonsgegevens (art. 15 AVG).\n", sender="Bo <bo@example.net>"
    )
    company.a_mail_arrives(ERASURE, sender="Formulier <no-reply@example.net>")  # a robot's request: to a person
    company.time_passes(days=1)  # a digest is due


def the_outcome(company: Company) -> dict[str, Any]:
    for _ in range(3):
        company.mailbot_looks()
        company.time_passes(minutes=11)
    cases = company.cases()
    desk = company.desk
    return {
        "cases": sorted(case.sender for case in cases),
        "sent": len(company.sent),
        "uncertain": sum(draft.state is DraftState.UNCERTAIN for case in cases for draft in case.drafts),
        "drafts": sorted(str(message["Subject"])[:12] for message in company.messages(desk.drafts).values()),
        "copies": len(company.messages(desk.unclear)),
        "filed": len(company.messages(desk.sent)),
        "tasks": len(company.messages(desk.tasks)),
        "alarms": len(company.alarms),
        "left": [len(company.messages(folder)) for folder in (desk.approved, desk.held)],
        "digests": len({mail.content.split(b"Message-ID:")[1][:60] for mail in company.digests}) - len(company.digests),
    }


USERS = {"info@example.com": "info-secret", DAAN: "daan-secret"}
Scene = Callable[[Company], None]
Outcome = dict[str, Any]


def played(folder: Path, scene: Scene, fuse: Fuse) -> Outcome:
    """The scene on servers of its own, one pass that the fuse may stop, and what it comes to in the end."""
    with EmbeddedServers(USERS) as pymap:
        company = the_company(folder, pymap)
        scene(company)
        a_pass_with(company, fuse)
        outcome = the_outcome(company)
        company.connections.close()
    return outcome


def stopped_everywhere(folder: Path, scene: Scene, *, also_after: bool = True) -> Iterator[tuple[str, Outcome]]:
    """What the scene comes to: first the whole of it, then stopped before, and after, every step."""
    count = Fuse()
    yield "", played(folder / "whole", scene, count)
    for at in range(count.burnt):
        for after in (False, True) if also_after else (False,):
            where = f"killed {'after' if after else 'before'} step {at} of {count.burnt}"
            yield where, played(folder / f"{at}-{after}", scene, Fuse(at, after))


def test_stopped_between_any_two_steps_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    outcomes = dict(stopped_everywhere(tmp_path, the_scene))
    whole = outcomes.pop("")
    assert (whole["sent"], whole["copies"], len(whole["cases"]), whole["filed"]) == (1, 1, 3, 1)
    assert len(outcomes) > 24
    for where, outcome in outcomes.items():
        if outcome["uncertain"]:
            # Between the attempt and the server's answer nobody can know: shown to a person, never sent again.
            assert outcome["sent"] <= 1, where
            continue
        assert outcome == whole, where


def the_errands(company: Company) -> None:
    """Another letter is chosen, tasks were done, a processor is to be told, and a breach is reported."""
    company.systems_are_configured()
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_letter_is_finished_and_sent()
    desk = company.desk
    company.the_person_moves(desk.tasks, desk.done)
    (partly,) = [folder for folder in desk.choices if folder.endswith("Deels gedaan")]
    company.the_person_moves(desk.drafts, partly)
    company.a_mail_arrives("Ik maak bezwaar tegen het gebruik van mijn persoonsgegevens.\n")
    company.a_mail_arrives("Dit is een datalek: alle klanten staan in de cc.\n", sender="Bo <bo@example.net>")


def test_stopped_between_any_two_steps_every_errand_is_run_once(tmp_path: Path) -> None:
    # After a step is before the next one, but for what happens in between without a step; the other test shows both.
    outcomes = dict(stopped_everywhere(tmp_path, the_errands, also_after=False))
    whole = outcomes.pop("")
    assert whole["alarms"] == 2
    assert whole["tasks"] == 1  # of the objection
    assert whole["cases"].count("privacy@parcels.example.net") == 1
    assert len(outcomes) > 20
    for where, outcome in outcomes.items():
        # An alarm that was being sent is not sent twice: the digest shows the case in any case.
        assert outcome.pop("alarms") in {1, 2}, where
        assert outcome == {name: value for name, value in whole.items() if name != "alarms"}, where


@pytest.mark.parametrize("delay", [0.35, 0.5, 0.7, 0.9])
def test_a_real_kill_while_reading_two_hundred_mails_loses_nothing(company: Company, delay: float) -> None:
    for number in range(100):
        text = ERASURE if number % 10 == 0 else "Mag ik nog drie onderzetters bijbestellen?\n"
        for user in ("info@example.com", DAAN):
            writer = f"Klant <klant{number}.{user.partition('@')[0]}@example.net>"
            company.imap.deliver(user, a_letter(text, writer, number=number, to=user), received=company.now)
    # The program reads the real clock: this journey is about kills, not about dates.
    company.config.write_text(company.config.read_text() + "\n[policy]\nlook_back_days = 365\n")
    command = [sys.executable, "-m", "mailbot", "run", "--once", "--config", str(company.config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    first = (sorted(case.sender for case in company.cases()), len(company.messages(company.desk.drafts)))
    assert len(first[0]) == 20
    assert len(set(first[0])) == 20
    assert first[1] == 20
    assert all(case.has(EventKind.DRAFT_LAID) for case in company.cases())
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert (sorted(case.sender for case in company.cases()), len(company.messages(company.desk.drafts))) == first
    assert company.sent == []
