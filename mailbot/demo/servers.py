"""An IMAP and an SMTP server inside this process, for `mailbot demo` and for tests.

pymap keeps the mailboxes in memory, aiosmtpd keeps what was sent; both listen on a loopback port that the system
chooses, in one background thread with its own event loop. No TLS, no disk: nothing outlives the process.
"""

import asyncio
import logging
import threading
from argparse import Namespace
from asyncio import AbstractEventLoop
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, DictBackend, Identity, Login
from pymap.concurrent import Subsystem
from pymap.exceptions import MailboxConflict
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

# aiosmtpd warns at every login about an attribute of its own.
logging.getLogger("mail.log").setLevel(logging.ERROR)

HOST = "127.0.0.1"
PATIENCE = 10.0  # seconds; starting takes 0.05


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the SMTP server took: exactly the bytes it was given."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class MailSink:
    """Takes every message and keeps it in `sent`. A subclass may add aiosmtpd's other `handle_<COMMAND>` hooks."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's
        """Keep the message; the answer is what the client sees."""
        self.sent.append(Sent(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.original_content or b""))
        return "250 2.0.0 taken"


class EmbeddedServers:
    """Both servers for these users (name -> password); a context manager.

    `host`, `imap_port` and `smtp_port` say where, once started; `sink.sent` is what was sent.
    """

    def __init__(self, users: Mapping[str, str], sink: MailSink | None = None) -> None:
        self.host = HOST
        self.users = dict(users)
        self.sink = sink or MailSink()
        self.imap_port = 0
        self.smtp_port = 0
        self._backend = _backend(self.users)
        self._thread: threading.Thread | None = None
        self._loop: AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. Raises OSError when no port is free."""
        started: Future[AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="embedded-servers", daemon=True)
        self._thread.start()
        self._loop = started.result(PATIENCE)

    def stop(self) -> None:
        """Drop all connections and wait until the thread has ended. Stopping twice does no harm."""
        if self._loop is not None and self._thread is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(PATIENCE)

    def deliver(
        self,
        user: str,
        message: bytes,
        *,
        folder: str = "INBOX",
        received: datetime | None = None,
        flags: Sequence[str] = (),
    ) -> None:
        """Lay a message in a folder, created if need be, as if it arrived at `received` (aware; default now)."""
        content = AppendMessage(message, received or datetime.now(UTC), frozenset(Flag(f.encode()) for f in flags))
        if self._loop is None:
            raise RuntimeError("start the servers before delivering")
        asyncio.run_coroutine_threadsafe(self._append(user, folder, content), self._loop).result(PATIENCE)

    async def _append(self, user: str, folder: str, message: AppendMessage) -> None:
        identity = Identity(user, self._backend.login, None, frozenset())
        async with identity.new_session() as session:
            if folder.upper() != "INBOX":
                with suppress(MailboxConflict):
                    await session.create_mailbox(folder)
            await session.append_messages(folder, [message])

    def _run(self, started: "Future[AbstractEventLoop]") -> None:
        try:
            asyncio.run(self._serve(started))
        except OSError as error:
            if not started.done():
                started.set_exception(error)

    async def _serve(self, started: "Future[AbstractEventLoop]") -> None:
        loop = asyncio.get_running_loop()
        config = self._backend.config
        answer = IMAPServer(self._backend.login, config)
        serving: set[asyncio.Task[None] | None] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # From Python 3.12 on a lost connection lets go of its task: kept here, it can be ended properly.
            serving.add(asyncio.current_task())
            try:
                await answer(reader, writer, SocketInfo.get(writer, None))
            finally:
                writer.close()

        async with (
            await asyncio.start_server(serve, HOST, 0) as imap,
            await loop.create_server(self._smtp, HOST, 0) as smtp,
        ):
            self.imap_port, self.smtp_port = (server.sockets[0].getsockname()[1] for server in (imap, smtp))
            started.set_result(loop)
            await self._stopping.wait()
            await _cancel_connections()

    def _smtp(self) -> SMTP:
        return SMTP(self.sink, hostname="localhost", auth_require_tls=False, authenticator=self._authenticate)

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: object
    ) -> AuthResult:
        known = isinstance(who, LoginPassword) and self.users.get(who.login.decode()) == who.password.decode()
        return AuthResult(success=known, handled=False)


def _backend(users: Mapping[str, str]) -> DictBackend:
    """The in-memory backend of pymap. Its own entry point takes a command line; this one does not."""
    arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
    config = Config(
        arguments,
        host=HOST,
        port=0,
        demo_data=False,
        demo_user="",
        demo_password="",
        tls_enabled=False,
        hash_context=Cleartext(),  # throwaway passwords: hashing would only cost time
        cpu_subsystem=Subsystem.for_asyncio(),
    )
    login = Login(config)
    login.users_dict.update({name: UserMetadata(config, name, password=word) for name, word in users.items()})
    return DictBackend(login, config)


async def _cancel_connections() -> None:
    """End what still serves a client, and wait for it: a task that dies with its loop leaves a warning behind."""
    connections = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for connection in connections:
        connection.cancel()
    await asyncio.wait_for(asyncio.gather(*connections, return_exceptions=True), PATIENCE)
