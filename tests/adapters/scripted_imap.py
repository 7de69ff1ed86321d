"""A scripted IMAP server and a relay: what real servers do on bad days, on demand.

A script talks to one connection through a `Wire`; each new connection gets the next script, the last one for ever.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

HOST = "127.0.0.1"
CAPABILITY = "IMAP4rev1 IDLE UIDPLUS MOVE"
_USUAL = {
    "CAPABILITY": [f"* CAPABILITY {CAPABILITY}"],
    "LIST": [r'* LIST (\Noselect) "/" ""'],
    "EXAMINE": ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 2] ."],
    "SELECT": ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 2] ."],
    "LOGOUT": ["* BYE bye"],
}


class Wire:
    """One connection, seen from the server."""

    def __init__(self, connection: socket.socket, commands: list[str]) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._commands = commands

    def say(self, text: str) -> None:
        self._connection.sendall(text.encode())

    def hear(self) -> str:
        """One line from the client; EOFError when it has gone."""
        line = self._file.readline().decode().strip()
        if not line:
            raise EOFError
        return line

    def until(self, command: str) -> str:
        """Answer as servers usually do until `command` comes; returns its tag."""
        while True:
            tag, _, said = self.hear().partition(" ")
            said = said or tag  # DONE has no tag
            self._commands.append(said)
            if said.startswith(command):
                return tag
            for line in _USUAL.get(said.split(" ")[0], []):
                self.say(f"{line}\r\n")
            self.say(f"{tag} OK done\r\n")

    def for_ever(self) -> None:
        """Answer as usual until the client leaves."""
        self.until("nothing that anybody says")

    def close(self) -> None:
        self._file.close()
        self._connection.close()


Script = Callable[[Wire], None]


class ScriptedImap:
    """Listens on `imap_port`; `commands` is what clients said, without tags. A context manager."""

    def __init__(self, *scripts: Script, greeting: str = "* OK hello") -> None:
        self.host = HOST
        self.commands: list[str] = []
        self._scripts = list(scripts)
        self._greeting = greeting
        self._listener = socket.create_server((HOST, 0))
        self.imap_port: int = self._listener.getsockname()[1]
        self._wires: list[Wire] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        _shut(self._listener)
        for thread in self._threads:
            thread.join(10)

    def said(self, command: str) -> int:
        return sum(line.startswith(command) for line in self.commands)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                thread = threading.Thread(target=self._play, args=(connection, script), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _play(self, connection: socket.socket, script: Script) -> None:
        wire = Wire(connection, self.commands)
        with suppress(OSError, EOFError):
            wire.say(f"{self._greeting}\r\n")
            script(wire)
        wire.close()


class Relay:
    """Passes all on to a real server, keeps what clients say, counts what comes back, and can cut the connections."""

    def __init__(self, port: int) -> None:
        self.host = HOST
        self.received = 0  # octets from the server
        self.said = b""  # by clients
        self._target = port
        self._listener = socket.create_server((HOST, 0))
        self.imap_port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        _shut(self._listener)
        self.cut()
        for thread in self._threads:
            thread.join(10)
        for each in self._sockets:
            each.close()

    def cut(self) -> None:
        """Break every connection; new ones are welcome."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((HOST, self._target))
                self._sockets += [client, server]
                for source, target, back in ((client, server, False), (server, client, True)):
                    thread = threading.Thread(target=self._pass_on, args=(source, target, back), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self.received += len(data) if back else 0
                self.said += b"" if back else data
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def _shut(listener: socket.socket) -> None:
    """Wake the thread in accept(), which closing alone does not."""
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
