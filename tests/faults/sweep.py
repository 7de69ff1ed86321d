"""Every system call of a whole pass, killed or failed once, and what is left after a restart.

    .venv/bin/python tests/faults/sweep.py                 SIGKILL at every call (some ten minutes)
    .venv/bin/python tests/faults/sweep.py --fault ENOSPC  a full disk at every write; EIO: a broken one
    .venv/bin/python tests/faults/sweep.py --every 20      a sample

The pass takes in a new request and an unclear mail, sends an approval that was made by moving, and mails the digest;
Dovecot and an SMTP server run in processes of their own. strace injects the fault into a forked child that has read
its rules and waits, so that the calls counted are those of the pass.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from company import SECRETS, Company
from servers import Dovecot

from mailbot.core.cases import DraftState
from mailbot.demo.servers import Sent
from mailbot.service.digests import compose_digest

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"
ACCESS = "Graag een kopie van al mijn persoonsgegevens (art. 15 AVG).\n"
WRITES = "write,pwrite64,writev,openat,mkdir,rename,renameat,renameat2,fsync,fdatasync"
FAULTS = {  # the calls that are struck, and with what
    "KILL": ("all", "signal=KILL"),
    "ENOSPC": (WRITES, "error=ENOSPC"),
    "EIO": (f"{WRITES},read,recvfrom,sendto", "error=EIO"),
}
_CALL = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\(")
_MISSES = 10  # one in so many points may never be reached
PATIENCE = 60.0  # seconds for one pass under strace; it takes one


@dataclass
class Outcome:
    """What a person would see after the restart came to rest."""

    cases: list[str]
    sent: int
    uncertain: int
    uncertain_shown: bool
    drafts: Counter[str]
    copies: int
    digests: int


@dataclass
class Scene:
    """The company just before the pass, to be put back as often as needed."""

    folder: Path
    dovecot: Dovecot
    outbox: Path
    smtp_port: int
    company: Company = field(init=False)

    def set(self) -> None:
        """A draft approved by moving it, a new request and an unclear mail; the next day, so that a digest is due."""
        home = self.folder / "company"
        home.mkdir()
        self.company = Company(home, self.dovecot, self.smtp_port, [])
        company = self.company
        company.a_mail_arrives(ERASURE)
        company.mailbot_looks()
        company.the_draft_is_approved_by_moving()
        company.a_mail_arrives(ACCESS, sender="Bo <bo@example.net>")
        company.a_mail_arrives(ERASURE, sender="Formulier <no-reply@example.net>")
        company.time_passes(days=1)
        company.connections.close()
        self.dovecot.kill()
        for part in ("company", "dovecot/mail"):
            _copy(self._live(part), self._kept(part))
        self._started = company.now
        self.dovecot.start()

    def put_back(self) -> None:
        """Everything as it was: mailboxes, register, outbox, clock."""
        self.company.connections.close()
        self.dovecot.kill()
        for part in ("company", "dovecot/mail"):
            shutil.rmtree(self._live(part))
            _copy(self._kept(part), self._live(part))
        for mail in self.outbox.iterdir():
            mail.unlink()
        self.company.now = self._started
        self.company._open()
        self.dovecot.start()

    def outcome(self) -> Outcome:
        """Three quiet passes, some minutes apart, and a look around."""
        company = self.company
        for _ in range(3):
            company.mailbot_looks()
            company.time_passes(minutes=11)
        company.all_sent = [Sent("", (), path.read_bytes()) for path in sorted(self.outbox.glob("*.eml"))]
        cases, desk = company.cases(), company.desk
        uncertain = [case for case in cases if any(draft.state is DraftState.UNCERTAIN for draft in case.drafts)]
        with company.office() as office:
            digest = compose_digest(office).text
        return Outcome(
            cases=sorted(case.sender for case in cases),
            sent=len(company.sent),
            uncertain=len(uncertain),
            uncertain_shown=all(case.reference in digest for case in uncertain),
            drafts=Counter(
                str(message["References"]).split()[-1] for message in company.messages(desk.drafts).values()
            ),
            copies=len(company.messages(desk.unclear)),
            digests=len(company.digests),
        )

    def _live(self, part: str) -> Path:
        return self.dovecot.base / "mail" if part == "dovecot/mail" else self.folder / part

    def _kept(self, part: str) -> Path:
        return self.folder / "kept" / part.replace("/", "-")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


@contextmanager
def a_scene() -> Iterator[Scene]:
    folder = Path(tempfile.mkdtemp(prefix="mailbot-sweep-"))
    outbox = folder / "outbox"
    outbox.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("smtp_sink.py")), str(outbox)]
    sink = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert sink.stdout is not None
        with Dovecot(SECRETS) as dovecot:
            scene = Scene(folder, dovecot, outbox, int(sink.stdout.readline()))
            scene.set()
            yield scene
            scene.company.connections.close()
    finally:
        sink.kill()
        sink.wait()
        shutil.rmtree(folder, ignore_errors=True)


class Traced:
    """A pass in a forked child under strace; a context manager that ends both."""

    def __init__(self, company: Company, *options: str) -> None:
        self._company, self._options = company, options

    def __enter__(self) -> Self:
        self.pid = os.fork()
        if self.pid == 0:
            self._be_the_child()
        os.waitpid(self.pid, os.WUNTRACED)
        command = ["strace", "-f", "-qq", "-p", str(self.pid), *self._options]
        self._strace = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _until(lambda: _tracer_of(self.pid) != 0)
        os.kill(self.pid, signal.SIGCONT)
        return self

    def __exit__(self, *_: object) -> None:
        _until(self._has_ended)
        self._strace.wait(PATIENCE)

    @property
    def was_killed(self) -> bool:
        """Whether the pass was ended by the fault; known after the end."""
        return os.WIFSIGNALED(self._status)

    def _has_ended(self) -> bool:
        pid, self._status = os.waitpid(self.pid, os.WNOHANG)
        return pid != 0

    def _be_the_child(self) -> None:
        code = 1
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            os.kill(os.getpid(), signal.SIGSTOP)
            self._company.mailbot_looks()
            code = 0
        finally:
            os._exit(code)


def _tracer_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("TracerPid:")[1].split()[0])


def _until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError("the pass under strace does not end")
        time.sleep(0.002)


def calls_of_a_pass(scene: Scene, fault: str) -> list[tuple[str, int]]:
    """The system calls of a whole pass that this fault can hit, in order: name, and which one of that name."""
    scene.put_back()
    log = scene.folder / "calls"
    with Traced(scene.company, "-e", f"trace={FAULTS[fault][0]}", "-e", "signal=none", "-o", str(log)) as traced:
        pass
    counted = Counter[str]()
    calls = []
    for line in log.read_text(errors="replace").splitlines():
        call = _CALL.match(line)
        if call and int(call["pid"]) == traced.pid:
            counted[call["name"]] += 1
            calls.append((call["name"], counted[call["name"]]))
    return calls


def strike(scene: Scene, fault: str, call: tuple[str, int]) -> Outcome | None:
    """The pass with a fault at one call, then the restart; None when the pass never made that call.

    How often a program asks for memory, or waits for a lock, differs a little from run to run.
    """
    scene.put_back()
    name, which = call
    # strace counts the calls of each name by themselves
    inject = f"inject={name}:{FAULTS[fault][1]}:when={which}"
    with Traced(scene.company, "-e", f"trace={name}", "-e", inject, "-o", os.devnull) as traced:
        pass
    if fault == "KILL" and not traced.was_killed:
        return None
    scene.company._open()
    return scene.outcome()


def complaint(whole: Outcome, found: Outcome) -> str:
    """What is wrong after a restart; empty when nothing is."""
    lost = found.sent < whole.sent and not found.uncertain
    promises = {
        f"cases {found.cases}, not {whole.cases}": found.cases == whole.cases,
        f"{found.sent} mails sent, not {whole.sent}": found.sent <= whole.sent and not lost,
        "an uncertain mail is not in the digest": found.uncertain_shown,
        "a draft lies there twice": max(found.drafts.values(), default=0) <= 1,
        f"{found.copies} copies of unclear mail, not {whole.copies}": found.copies == whole.copies,
        f"{found.digests} digests": found.digests <= whole.digests,
    }
    return "; ".join(sentence for sentence, kept in promises.items() if not kept)


def sweep(fault: str, every: int, first: int = 0) -> tuple[int, int, list[str]]:
    """How many points were struck, how many were never reached, and what went wrong at which."""
    wrong: list[str] = []
    struck = missed = 0
    with a_scene() as scene:
        scene.put_back()
        whole = scene.outcome()
        assert (whole.sent, len(whole.cases), whole.copies, whole.digests) == (1, 3, 1, 1), whole
        calls = calls_of_a_pass(scene, fault)
        for at in range(first, len(calls), every):
            found = strike(scene, fault, calls[at])
            struck += found is not None
            missed += found is None
            if found is not None and (trouble := complaint(whole, found)):
                wrong.append(f"{fault} at call {at} of {len(calls)} ({calls[at][0]}): {trouble}")
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{fault}: {at} of {len(calls)} calls, {len(wrong)} wrong")
    return struck, missed, wrong


def main() -> None:
    """Sweep and report; exit code 1 when something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", choices=sorted(FAULTS), default="KILL")
    parser.add_argument("--every", type=int, default=1, help="strike only every so many calls")
    parser.add_argument("--first", type=int, default=0, help="the first call to strike, counted from 0")
    chosen = parser.parse_args()
    struck, missed, wrong = sweep(chosen.fault, chosen.every, chosen.first)
    for line in wrong:
        print(line)  # noqa: T201 - this is a program
    print(f"{chosen.fault}: {struck} points struck, {missed} never reached, {len(wrong)} wrong")  # noqa: T201
    # A sweep that hardly ever strikes shows nothing.
    sys.exit(bool(wrong) or missed > struck / _MISSES)


if __name__ == "__main__":
    main()
