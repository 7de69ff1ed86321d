"""A sample of the sweep over every system call of a pass; `sweep.py` beside it strikes all of them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from servers import require_dovecot

SWEEP = Path(__file__).with_name("sweep.py")


@pytest.mark.parametrize(
    ("fault", "every", "first"),
    [("KILL", 41, 7), ("ENOSPC", 11, 2), ("EIO", 29, 3)],
    ids=["kill", "full disk", "broken disk"],
)
def test_a_pass_that_is_struck_at_any_call_loses_nothing_and_doubles_nothing(
    fault: str, every: int, first: int
) -> None:
    require_dovecot()
    if shutil.which("strace") is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("strace is missing: apt-get install strace")
    command = [sys.executable, str(SWEEP), "--fault", fault, "--every", str(every), "--first", str(first)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert ", 0 wrong" in done.stdout
