"""The real way of a mail (split, read, classify, check who wrote), each in a child process of its own that has limits.

Run as a program it reads mails from standard input and answers on standard output, one line of JSON per mail; a
`Workbench` talks to it. A program of its own because it forks for every mail: the rules are read once, and what a mail
costs is what the kernel says of its child.
"""

import json
import os
import resource
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from mailbot.config.reading import load_reading_words
from mailbot.config.rules import load_rules
from mailbot.core.authentication import Trust
from mailbot.core.classifying import Classification, classify
from mailbot.core.reading import Reader, split
from mailbot.core.sender import check_sender

MEMORY_CAP = 256 * 1024 * 1024  # octets, the interpreter and the rules included
CPU_CAP = 10  # seconds: generous, it ends what hangs; what a mail does cost is measured by run_torture.py
RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_STACK = 8
_TRUST = Trust("mx.example.com")


@dataclass(frozen=True)
class Outcome:
    """How the way ended for one mail: a decision, or what went wrong; and what it cost."""

    decision: str  # "" when there is none
    problems: tuple[str, ...] = ()
    trouble: str = ""  # the traceback's end, or how the child died
    seconds: float = 0.0  # of the processor
    peak: int = 0  # octets in memory at most, the interpreter and the rules included


Way = Callable[[bytes], tuple[Classification, tuple[str, ...]]]


def the_real_way() -> Way:
    """Split, read, classify, as `mailbot classify` and the service do, and check who wrote. Loads the rules."""
    reader, ruleset = Reader(load_reading_words(None, frozenset())), load_rules(None)

    def walk(raw: bytes) -> tuple[Classification, tuple[str, ...]]:
        mail = reader.read(split(raw, RECEIVED))
        found = classify(mail, ruleset)
        check_sender(mail, lambda _: None, _TRUST)
        return found, mail.problems

    return walk


class Workbench:
    """A context manager; `send` lays one mail on it and says how it ended."""

    def __enter__(self) -> Self:
        tests = Path(__file__).resolve().parents[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "torture.way"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tests
        )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        _stream(self._process.stdin).close()
        self._process.wait()
        _stream(self._process.stdout).close()

    def send(self, raw: bytes) -> Outcome:
        """Walk the way with this mail in a fresh child."""
        into = _stream(self._process.stdin)
        into.write(len(raw).to_bytes(8, "big") + raw)
        into.flush()
        told = json.loads(_stream(self._process.stdout).readline())
        return Outcome(**{**told, "problems": tuple(told["problems"])})


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _serve() -> None:
    walk = the_real_way()
    while length := sys.stdin.buffer.read(8):
        raw = sys.stdin.buffer.read(int.from_bytes(length, "big"))
        sys.stdout.write(json.dumps(asdict(_in_a_child(walk, raw))) + "\n")
        sys.stdout.flush()


def _in_a_child(walk: Way, raw: bytes) -> Outcome:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _walk_and_tell(walk, raw, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(child, 0)
    seconds, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
    if not told:
        return Outcome(
            "", trouble=f"the child ended with {os.waitstatus_to_exitcode(status)}", seconds=seconds, peak=peak
        )
    return Outcome(**json.loads(told), seconds=seconds, peak=peak)


def _walk_and_tell(walk: Way, raw: bytes, writing: int) -> None:
    """In the child: never returns."""
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_CAP, CPU_CAP))
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY_CAP,) * 2)
        try:
            found, problems = walk(raw)
            told = {"decision": found.decision.value, "problems": problems}
        except BaseException:  # noqa: BLE001 - whatever it is, it is the finding
            told = {"decision": "", "trouble": traceback.format_exc(limit=-_STACK)}
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(told).encode())
    finally:
        os._exit(0)


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    _serve()
