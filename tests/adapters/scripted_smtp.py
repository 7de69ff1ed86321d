"""An SMTP server that does what a test tells it to at one step, and remembers what it was told.

`script` maps a step to what happens there: a reply, `HANG_UP`, or `SILENCE` (not even reading, until the test is over).
Steps are the verbs, `GREETING`, `BODY` (in the middle of the data) and `DOT` (after the final dot); every step that is
not in the script goes well.
"""

import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol, Self

HANG_UP = "hang up"
SILENCE = "silence"
GOOD = {
    "GREETING": "220 ready",
    "DATA": "354 go ahead",
    "AUTH": "235 welcome",
    "QUIT": "221 bye",
    "STARTTLS": "220 go ahead",
    "DOT": "250 2.0.0 taken",
}
EXTENSIONS = ("SIZE 30000000", "8BITMIME", "AUTH PLAIN")


class _HungUp(Exception):
    pass


class Lines(Protocol):
    """A connection read line by line."""

    def readline(self, size: int = ..., /) -> bytes: ...

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


class ScriptedSmtp:
    """One server on a loopback port; a context manager. `commands` and `messages` tell what came."""

    def __init__(
        self,
        script: Mapping[str, str] | None = None,
        *,
        extensions: Sequence[str] = EXTENSIONS,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.commands: list[str] = []
        self.messages: list[bytes] = []  # as they came, dots still doubled, the final dot left out
        self._script = dict(script or {})
        self._extensions = extensions
        self._tls = tls
        self._implicit = implicit
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.left = threading.Event()  # a client has gone
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                connection.settimeout(10)
                with suppress(OSError, _HungUp):
                    self._converse(connection)
                connection.close()
                self.left.set()

    def _converse(self, connection: socket.socket) -> None:
        if self._implicit:
            connection = self._encrypted(connection)
        with connection, connection.makefile("rwb") as lines:
            self._answer(lines, "GREETING")
            while line := lines.readline():
                self.commands.append(line.decode().strip())
                verb = line[:8].split()[0].decode().upper()
                if verb == "EHLO":
                    self._greet(lines)
                    continue
                self._answer(lines, verb)
                if verb == "STARTTLS" and self._tls:
                    return self._after_starttls(connection)
                if verb == "DATA" and self._script.get("DATA", "354").startswith("354"):
                    self.messages.append(self._body(lines))
                    self._answer(lines, "DOT")
        return None

    def _encrypted(self, connection: socket.socket) -> socket.socket:
        assert self._tls
        return self._tls.wrap_socket(connection, server_side=True)

    def _after_starttls(self, connection: socket.socket) -> None:
        self._implicit, encrypted = False, self._encrypted(connection)
        self._extensions = [name for name in self._extensions if name != "STARTTLS"]
        self._script["GREETING"] = ""
        self._converse(encrypted)

    def _greet(self, lines: Lines) -> None:
        if "EHLO" in self._script:
            return self._answer(lines, "EHLO")
        rows = ["scripted.example", *self._extensions]
        lines.write(b"".join(f"250-{row}\r\n".encode() for row in rows[:-1]) + f"250 {rows[-1]}\r\n".encode())
        lines.flush()
        return None

    def _body(self, lines: Lines) -> bytes:
        if "BODY" in self._script:
            lines.readline()
            self._answer(lines, "BODY")
        body: list[bytes] = []
        while (line := lines.readline()) != b".\r\n":
            if not line:
                raise _HungUp
            body.append(line)
        return b"".join(body)

    def _answer(self, lines: Lines, step: str) -> None:
        reply = self._script.get(step, GOOD.get(step, "250 fine"))
        if reply == SILENCE:
            self._over.wait(30)
        if reply in {HANG_UP, SILENCE}:
            raise _HungUp
        if reply:
            lines.write(f"{reply}\r\n".encode())
            lines.flush()
