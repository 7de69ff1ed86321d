"""A throwaway Dovecot: the real binary with its own folder, on loopback ports, gone when the test is.

What Dovecot needs to run beside the system's own is in `_CONFIGURATION`; each test gets a fresh folder.
"""

import grp
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Self

import pytest
from imapclient.imap_utf7 import encode as encode_utf7

from mailbot.demo.servers import EmbeddedServers

HOST = "127.0.0.1"
DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
USERS = {"info@example.com": "info-secret", "daan@example.com": "daan-secret"}
INSTALL_DOVECOT = "Dovecot is missing: apt-get install dovecot-imapd dovecot-lmtpd"
START_SECONDS = 10.0
WITHOUT_MOVE = "IMAP4rev1 LITERAL+ ID IDLE UIDPLUS SPECIAL-USE NAMESPACE UNSELECT CHILDREN"
WITHOUT_MOVE_AND_UIDPLUS = WITHOUT_MOVE.replace(" UIDPLUS", "")
WITHOUT_IDLE = WITHOUT_MOVE.replace(" IDLE", "")

_CONFIGURATION = """\
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/log
listen = {host}
protocols = imap lmtp
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal_group}
default_process_limit = 200
first_valid_uid = 1
disable_plaintext_auth = no
auth_failure_delay = 0
mail_max_userip_connections = 100
mail_location = maildir:~/Maildir:LAYOUT=fs
mail_fsync = never
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Drafts {{
    auto = subscribe
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = {host}
    port = {lmtp_port}
  }}
}}
{ssl}
{capability}
{more}
"""


class Dovecot:
    """One instance with these users (name -> password); a context manager.

    `capability` replaces what the server says it can do (no MOVE in it: no MOVE). `prefix` and `separator` give it
    Courier's names. `tls` adds a listener with a certificate for "localhost" only. `more` is Dovecot configuration.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        capability: str = "",
        prefix: str = "",
        separator: str = "/",
        tls: bool = False,
        more: str = "",
    ) -> None:
        self.host = HOST
        self.users = dict(users)
        self.imap_port, self.lmtp_port, self.imaps_port = _free_ports(3)
        self._capability, self._prefix, self._separator, self._tls, self._more = (
            capability,
            prefix,
            separator,
            tls,
            more,
        )
        self._deliveries = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.base = Path()

    def __enter__(self) -> Self:
        # Not pytest's tmp_path: Dovecot's own users must be able to walk to it.
        self.base = Path(tempfile.mkdtemp(prefix="mailbot-dovecot-"))
        self.base.chmod(0o755)
        try:
            self._write_configuration()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.base, ignore_errors=True)

    @property
    def certificate(self) -> Path:
        return self.base / "certificate.pem"

    @property
    def log(self) -> str:
        return (self.base / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start, or start again with the same mail after `kill`."""
        assert DOVECOT, INSTALL_DOVECOT
        command = [DOVECOT, "-F", "-c", str(self.base / "dovecot.conf")]
        self._process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
        self._wait_until_it_answers()

    def kill(self) -> None:
        """SIGKILL to the whole session: SIGTERM takes up to 6 seconds."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        root = self.base / "mail" / user / "Maildir"
        return root if folder.upper() == "INBOX" else root / encode_utf7(folder).decode("ascii")

    def deliver(
        self,
        user: str,
        message: bytes,
        *,
        folder: str = "INBOX",
        received: datetime | None = None,
        flags: Sequence[str] = (),
    ) -> None:
        """Straight into the maildir: quick, with any INTERNALDATE. The folder is created when it is missing."""
        maildir = self._made(self.maildir(user, folder))
        name = f"{time.time():.6f}.M{next(self._deliveries)}P{os.getpid()}.test"
        letters = "".join(sorted(_MAILDIR_FLAGS[flag] for flag in flags))
        temporary = maildir / "tmp" / name
        temporary.write_bytes(message)
        self._own(temporary)
        if received is not None:
            os.utime(temporary, (received.timestamp(), received.timestamp()))
        temporary.rename(maildir / "cur" / f"{name}:2,{letters}" if letters else maildir / "new" / name)

    def deliver_by_lmtp(self, user: str, message: bytes, sender: str = "anna@example.org") -> None:
        """As the provider's mail server does: adds Return-Path, Delivered-To and Received."""
        with smtplib.LMTP(self.host, self.lmtp_port, timeout=10) as lmtp:
            lmtp.sendmail(sender, [user], message)

    def lose_uids(self, user: str, folder: str = "INBOX") -> None:
        """Give the folder a new UIDVALIDITY, as a restore from a backup does."""
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (self.maildir(user, folder) / name).unlink(missing_ok=True)

    def _write_configuration(self) -> None:
        (self.base / "users").write_text("".join(f"{name}:{{PLAIN}}{word}\n" for name, word in self.users.items()))
        (self.base / "mail").mkdir()
        self._own(self.base / "mail")
        if self._tls:
            _make_certificate(self.certificate, self.base / "key.pem")
        configuration = _CONFIGURATION.format(
            base=self.base,
            host=self.host,
            **_server_users(),
            separator=self._separator,
            prefix=self._prefix,
            imap_port=self.imap_port,
            imaps_port=self.imaps_port if self._tls else 0,
            lmtp_port=self.lmtp_port,
            ssl=f"ssl = yes\nssl_cert = <{self.certificate}\nssl_key = <{self.base}/key.pem"
            if self._tls
            else "ssl = no",
            capability=f"imap_capability = {self._capability}" if self._capability else "",
            more=self._more,
        )
        (self.base / "dovecot.conf").write_text(configuration)

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._process.poll() is None:
            try:
                with socket.create_connection((self.host, self.imap_port), timeout=START_SECONDS) as connection:
                    if connection.recv(100).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"Dovecot did not start: {self.log}")

    def _made(self, maildir: Path) -> Path:
        if not (maildir / "new").is_dir():
            for folder in (*reversed(maildir.relative_to(self.base / "mail").parents), None):
                path = maildir if folder is None else self.base / "mail" / folder
                path.mkdir(exist_ok=True)
                self._own(path)
            for part in ("tmp", "cur", "new"):
                (maildir / part).mkdir(exist_ok=True)
                self._own(maildir / part)
        return maildir

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, *_mail_user())


ImapServer = Dovecot | EmbeddedServers
_MAILDIR_FLAGS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}


def require_dovecot() -> None:
    """Without Dovecot a test is skipped for all to see; in CI its absence is a failure."""
    if DOVECOT is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(INSTALL_DOVECOT)


def _mail_user() -> tuple[int, int]:
    """Dovecot refuses root as owner of mail."""
    if os.geteuid():
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _server_users() -> dict[str, str | int]:
    uid, gid = _mail_user()
    if os.geteuid() == 0:
        return {"uid": uid, "gid": gid, "internal": "dovecot", "internal_group": "dovecot", "login": "dovenull"}
    name, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
    return {"uid": uid, "gid": gid, "internal": name, "internal_group": group, "login": name}


def _make_certificate(certificate: Path, key: Path) -> None:
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *subject], check=True, capture_output=True)


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server((HOST, 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
