"""SMTP with aiosmtplib: hand over exactly these bytes for exactly one recipient, and know what became of them.

The one question is whether the server may have the mail. It may from the moment the final dot is handed to the
connection (RFC 5321 § 4.1.1.4): a lost connection or silence from then on is `SendUncertain` (RFC 1047). Everything
before it is `SendDeferred` or `SendRefused`, and nothing went out. The service is synchronous: every session has its
own event loop. What a server writes is never quoted in an error, since it often repeats the customer's address.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.email import parse_address
from aiosmtplib.protocol import normalize_message_line_endings

from mailbot.adapters.smtp.account import SmtpAccount, Tls, tls_context
from mailbot.adapters.smtp.data import hand_over
from mailbot.core.errors import LoginRefused, SendDeferred, SendRefused, SendUncertain

_QUIT_TIMEOUT: Final = 5.0  # seconds; all is sent by then
_START_INPUT: Final = 354
_ENHANCED_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")  # RFC 3463
_TROUBLE: Final = (SMTPException, OSError, TimeoutError)


class SmtpOutbox:
    """Fulfils `service.ports.Outbox`."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account

    @contextmanager
    def session(self) -> Iterator["SmtpSession"]:
        """Connect and log in. Raises `LoginRefused`, `SendDeferred`, and `ConfigurationError` for the ca_file."""
        account = self._account
        client = SMTP(
            hostname=account.host,
            port=account.port,
            timeout=account.timeout,
            use_tls=account.tls is Tls.IMPLICIT,
            start_tls=account.tls is Tls.STARTTLS,  # True insists on it, False never tries
            tls_context=tls_context(account),
        )
        password = account.password() if account.password else None
        with asyncio.Runner() as runner:
            transport = runner.run(_connect(account, client, password))
            try:
                yield SmtpSession(account, client, runner)
                runner.run(_quit(client))
            finally:
                runner.run(_close(client, transport))


class SmtpSession:
    """Fulfils `service.ports.OutboxSession`; comes from `SmtpOutbox.session`."""

    def __init__(self, account: SmtpAccount, client: SMTP, runner: asyncio.Runner) -> None:
        self._account = account
        self._client = client
        self._runner = runner

    def send(self, sender: str, recipient: str, message: bytes) -> str:
        """Hand over the message, with CRLF line ends; returns the server's answer to the final dot.

        Raises `SendRefused` and `SendDeferred` (nothing went out) or `SendUncertain` (it may be out).
        """
        return self._runner.run(self._send(sender, recipient, normalize_message_line_endings(message)))

    async def _send(self, sender: str, recipient: str, message: bytes) -> str:
        options, encoding = self._options(sender, recipient, message)
        client = self._client
        try:
            await self._step("the sender", client.mail(sender, options=options, encoding=encoding))
            await self._step("the recipient", client.rcpt(recipient, encoding=encoding))
            await self._step("to take the mail", self._data_command())
        except (SendRefused, SendDeferred):
            with suppress(*_TROUBLE):
                await client.rset()  # or the next mail of this session would be refused
            raise
        return await self._transfer(message)

    def _options(self, sender: str, recipient: str, message: bytes) -> tuple[list[str], str]:
        """What MAIL announces, and the encoding of addresses. Raises `SendRefused` for what cannot go unchanged."""
        if not (_is_one_address(sender) and _is_one_address(recipient)):
            raise SendRefused(f"{self._account}: sender or recipient is not exactly one address; correct the draft")
        options = [f"SIZE={len(message)}"] if self._client.supports_extension("size") else []  # RFC 1870
        if not message.isascii():
            options.append(self._extension("8bitmime", "BODY=8BITMIME"))  # RFC 6152
        if (sender + recipient).isascii():
            return options, "ascii"
        return [*options, self._extension("smtputf8", "SMTPUTF8")], "utf-8"  # RFC 6531

    def _extension(self, name: str, option: str) -> str:
        if not self._client.supports_extension(name):
            raise SendRefused(
                f"{self._account}: the server lacks {name.upper()}, which this mail needs; send it by hand"
            )
        return option

    async def _data_command(self) -> None:
        response = await self._client.execute_command(b"DATA")
        if response.code != _START_INPUT:
            raise SMTPResponseException(response.code, response.message)

    async def _step(self, what: str, step: Awaitable[object]) -> None:
        try:
            await step
        except _TROUBLE as error:
            raise self._no(what, error) from error

    def _no(self, what: str, error: Exception) -> SendRefused | SendDeferred:
        """Nothing went out: for good with 5yz, else for now (RFC 5321 § 4.2.1)."""
        if isinstance(error, SMTPResponseException) and 500 <= error.code < 600:
            return SendRefused(f"{self._account}: the server refused {what} ({_reason(error)}); correct the draft")
        return SendDeferred(f"{self._account}: not sent, {_reason(error)}; it is tried again later")

    async def _transfer(self, message: bytes) -> str:
        protocol = self._client.protocol
        if protocol is None:
            raise self._no("the mail", SMTPServerDisconnected("Connection lost"))
        answer = asyncio.create_task(protocol.read_response())  # before the first octet: an early no must not be missed
        try:
            await self._step("the mail", hand_over(protocol, message, answer, self._account.timeout))
            response = await self._answer_to_final_dot(answer)
        except BaseException:
            await _close(self._client, protocol.transport)  # in the middle of the data there is no next command
            raise
        finally:
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)
        return self._accepted(response)

    async def _answer_to_final_dot(self, answer: "asyncio.Task[SMTPResponse]") -> SMTPResponse:
        await asyncio.wait({answer}, timeout=self._account.answer_timeout)
        try:
            if not answer.done():
                raise TimeoutError
            return answer.result()
        except _TROUBLE as error:
            raise self._uncertain(_reason(error)) from error

    def _accepted(self, response: SMTPResponse) -> str:
        """The first digit decides (RFC 5321 § 4.2.1)."""
        if 200 <= response.code < 300:
            return f"{response.code} {' '.join(response.message.split())}"
        if 400 <= response.code < 600:
            raise self._no("the mail", SMTPResponseException(response.code, response.message))
        self._client.close()
        raise self._uncertain(f"an answer that makes no sense ({response.code})")

    def _uncertain(self, reason: str) -> SendUncertain:
        return SendUncertain(
            f"{self._account}: {reason} after the whole mail was handed over, so it may have gone out; "
            "look whether it arrived before sending it again"
        )


async def _connect(account: SmtpAccount, client: SMTP, password: str | None) -> asyncio.BaseTransport | None:
    try:
        await client.connect()
        if password is not None:
            await _login(account, client, password)
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
    except (LoginRefused, *_TROUBLE) as error:
        await _close(client, client.transport)
        if isinstance(error, LoginRefused):
            raise
        raise SendDeferred(f"{account}: {_reason(error)}; nothing was sent; check host, port and tls") from error
    return client.transport


async def _login(account: SmtpAccount, client: SMTP, password: str) -> None:
    try:
        await client.login(account.user, password)
    except SMTPResponseException as error:
        if 500 <= error.code < 600:
            raise LoginRefused(f"{account}: user or password refused ({_reason(error)}); correct them") from error
        raise


async def _quit(client: SMTP) -> None:
    with suppress(*_TROUBLE):
        await client.quit(timeout=_QUIT_TIMEOUT)


async def _close(client: SMTP, transport: asyncio.BaseTransport | None) -> None:
    """Close without ceremony and let the loop see it: a dead peer would never take what is left to write."""
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    await asyncio.sleep(0)


def _reason(error: Exception) -> str:
    """What happened, without the words of the server: they often hold an address."""
    if isinstance(error, SMTPResponseException):
        status = _ENHANCED_STATUS.match(error.message)
        return f"the server answered {error.code}{f' {status[0]}' if status else ''}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, SMTPServerDisconnected):
        return "the connection was lost"
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted ({cause.verify_message})"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"  # asyncio's own text repeats address and port
    return " ".join((getattr(cause, "strerror", None) or str(cause)).split())


def _is_one_address(address: str) -> bool:
    try:
        address.encode()
        return "@" in address and parse_address(address) == address
    except ValueError:
        return False
