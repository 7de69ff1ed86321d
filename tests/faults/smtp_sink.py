"""An SMTP server in a process of its own that files every mail: `python smtp_sink.py FOLDER` prints its port.

What survives a killed client is then what a real server would have.
"""

import asyncio
import sys
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

HOST = "127.0.0.1"


class Filing:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's
        name = f"{next(self._numbers):06}"
        written = self._folder / f"{name}.part"
        written.write_bytes(envelope.original_content or b"")
        written.rename(self._folder / f"{name}.eml")
        return "250 2.0.0 taken"


async def serve(folder: Path) -> None:
    filing = Filing(folder)

    def session() -> SMTP:
        return SMTP(
            filing,
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=True),
        )

    server = await asyncio.get_running_loop().create_server(session, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the caller reads it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
