"""Who works on a register: one pass or command at a time, and one service in all.

flock(2) is freed by the kernel when its process dies, so that a crash never leaves a lock behind. The lock files stay:
deleting one would let two processes hold a lock on two files of the same name. Each holds a line of JSON about its
holder; the time of that line is the file's own.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mailbot.adapters.register.storage import beside
from mailbot.core.errors import LockHeld, RegisterUnwritable

_LOOK_AGAIN: Final = 0.05  # seconds


@contextmanager
def register_lock(path: Path, command: str, wait: float = 0.0) -> Iterator[None]:
    """Hold the register for one pass or one command; waits up to `wait` seconds. Raises `LockHeld`."""
    with _held(beside(path, "lock"), command, wait):
        yield


@contextmanager
def service_lock(path: Path, command: str) -> Iterator[None]:
    """Hold the right to be the service on this register, for as long as it runs. Raises `LockHeld` at once."""
    with _held(beside(path, "run.lock"), command, wait=0.0):
        yield


@contextmanager
def _held(path: Path, command: str, wait: float) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise RegisterUnwritable(f"{path}: {error.strerror}; check the folder and its permissions") from error
    try:
        _acquire(descriptor, path, time.monotonic() + wait)
        _sign(descriptor, command)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise LockHeld(f"{path}: {_holder(descriptor)}; wait until it is done, or stop it") from error
            time.sleep(_LOOK_AGAIN)
        else:
            return


def _sign(descriptor: int, command: str) -> None:
    """Leave our name for the next one; a full disk must not keep us from working, so it may fail."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{json.dumps({'pid': os.getpid(), 'command': command})}\n".encode(), 0)
    except OSError:
        return


def _holder(descriptor: int) -> str:
    since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        name = f"process {holder['pid']} ({holder['command']})"
    except (ValueError, KeyError, TypeError):
        name = "another process"
    return f"in use by {name} since {since:%Y-%m-%d %H:%M:%S} UTC"
