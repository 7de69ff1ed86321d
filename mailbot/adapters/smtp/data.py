"""The data of a mail on its way out, up to the final dot."""

import asyncio
from typing import Final

from aiosmtplib import SMTPResponse, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

_BLOCK: Final = 1 << 16  # octets handed over at a time, each with its own patience
_LOOK_AGAIN: Final = 0.05  # seconds
_END_OF_DATA: Final = b".\r\n"


async def hand_over(
    protocol: SMTPProtocol, message: bytes, answer: "asyncio.Task[SMTPResponse]", patience: float
) -> None:
    """Write the mail, and the final dot only when all of it left this process and the server has not said no yet.

    A final dot that was written is out of our hands. Raises aiosmtplib's errors and `TimeoutError` before that.
    """
    stuffed = dot_stuffed(message)
    for start in range(0, len(stuffed), _BLOCK):
        protocol.write(stuffed[start : start + _BLOCK])
        async with asyncio.timeout(patience):
            await _flushed(protocol, answer)
    protocol.write(_END_OF_DATA)


async def _flushed(protocol: SMTPProtocol, answer: "asyncio.Task[SMTPResponse]") -> None:
    await asyncio.wait({answer}, timeout=0)
    while isinstance(transport := protocol.transport, asyncio.WriteTransport) and not answer.done():
        if not transport.get_write_buffer_size():
            return
        await asyncio.wait({answer}, timeout=_LOOK_AGAIN)
    early = await answer  # raises when the connection is lost
    raise SMTPResponseException(early.code, early.message)


def dot_stuffed(message: bytes) -> bytes:
    """A dot in front of every line that starts with one (RFC 5321 § 4.5.2)."""
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
