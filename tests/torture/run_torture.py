"""Every mail of an archive through the real way, and what that cost.

    .venv/bin/python tests/torture/run_torture.py [ARCHIVE]

ARCHIVE is a .tar.xz of mails, one a file (a .tsv is a list of them); without it the odd mails of this folder are
measured. Prints how many mails there were, how each ended, the exceptions, the slowest and the largest; the exit code
is 1 when one ended in an exception or cost more than is allowed. Mails belong to others: their temporary folder is
removed.
"""

import argparse
import os
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from torture.odd_mails import ODD_MAILS
from torture.way import MEMORY_CAP, Outcome, Workbench

SECONDS_CAP = 2.0
_LISTED = 8
_MEGABYTE = 1024 * 1024

Mails = Iterable[tuple[str, bytes]]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", metavar="ARCHIVE", nargs="?", type=Path)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    with _mails(options.archive) as mails:
        found = _measured(mails, options.workers)
    sys.stdout.write("\n".join(_report(found)) + "\n")
    return int(any(one.trouble or _costs_too_much(one) for one in found.values()))


@contextmanager
def _mails(archive: Path | None) -> Iterator[Mails]:
    if archive is None:
        yield ((name, build()) for name, build in ODD_MAILS.items())
        return
    with tempfile.TemporaryDirectory(prefix="torture-") as folder, tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file() and path.suffix != ".tsv")
        yield ((str(path.relative_to(folder)), path.read_bytes()) for path in files)


def _measured(mails: Mails, workers: int) -> dict[str, Outcome]:
    """Each worker takes the next mail when it is free, so that they are never all in memory."""
    todo, lock = iter(mails), Lock()
    found: dict[str, Outcome] = {}

    def work(_number: int) -> None:
        with Workbench() as bench:
            while True:
                with lock:
                    name, raw = next(todo, ("", b""))
                if not name:
                    return
                found[name] = bench.send(raw)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    return found


def _costs_too_much(one: Outcome) -> bool:
    return one.seconds > SECONDS_CAP or one.peak > MEMORY_CAP


def _report(found: dict[str, Outcome]) -> Iterator[str]:
    failed = {name: one for name, one in found.items() if one.trouble}
    endings = Counter(one.decision or "exception" for one in found.values())
    yield f"{len(found)} mails: {', '.join(f'{ending} {count}' for ending, count in sorted(endings.items()))}"
    yield f"{len(failed)} exceptions"
    for name, one in list(failed.items())[:_LISTED]:
        yield f"  {name}: {one.trouble}"
    slowest = sorted(found.items(), key=lambda pair: -pair[1].seconds)[:_LISTED]
    largest = sorted(found.items(), key=lambda pair: -pair[1].peak)[:_LISTED]
    over = sum(map(_costs_too_much, found.values()))
    yield f"{over} beyond {SECONDS_CAP:.0f} s or {MEMORY_CAP // _MEGABYTE} MB"
    yield "slowest: " + ", ".join(f"{one.seconds:.2f} s ({name})" for name, one in slowest)
    yield "largest: " + ", ".join(f"{one.peak / _MEGABYTE:.0f} MB ({name})" for name, one in largest)
    for name, one in found.items():
        if _costs_too_much(one):
            yield f"  {name}: {one.seconds:.2f} s, {one.peak / _MEGABYTE:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
