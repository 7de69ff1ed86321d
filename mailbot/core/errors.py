"""Expected trouble with its sentence and exit code (design.md § 7).

    MailbotError
    ├── ConfigurationError(ValueError)          2  file, key and remedy
    │   ├── LoginRefused                        2  wrong user or password
    │   └── NoConfiguration                     2  there is no mailbot.toml where it is looked for
    ├── NeedsPerson(ValueError)                 1  a command that cannot go on without a decision
    ├── LockHeld(BlockingIOError)               4  another instance works on this register
    └── WorldError(OSError)                     3
        ├── MailboxError                           IMAP: unreachable, dead connection, refused command
        │   └── FolderRefused                      one folder cannot be opened, created or written to
        ├── SubmissionError                        SMTP, and nothing went out
        │   ├── SendRefused                        a definite no (5xx, refused recipient): trying again is useless
        │   └── SendDeferred                       not now (4xx, no connection): trying again is safe
        ├── SendUncertain                          the mail may be out: never tried again by itself
        └── RegisterError
            ├── RegisterMissing
            ├── RegisterDamaged
            └── RegisterUnwritable

Every message is one line with cause and remedy, and holds no mail body, address of a customer, or secret.
A bug is none of these: it raises as itself, and the mail at hand is set aside.
"""


class MailbotError(Exception):
    """Root of the expected trouble; `exit_code` is what the command ends with."""

    exit_code = 3


class ConfigurationError(MailbotError, ValueError):
    """A file that a person edits is wrong: the message names file, key and remedy."""

    exit_code = 2


class LoginRefused(ConfigurationError):
    """A server does not accept user and password."""


class NoConfiguration(ConfigurationError):
    """Nobody named a configuration file, and none lies in the usual places."""


class NeedsPerson(MailbotError, ValueError):
    """The command cannot go on before a person decides something, e.g. there is no draft to approve."""

    exit_code = 1


class LockHeld(MailbotError, BlockingIOError):
    """Another instance holds the lock; the message names its process."""

    exit_code = 4


class WorldError(MailbotError, OSError):
    """A server or the disk failed; trying again later may help."""


class MailboxError(WorldError):
    """IMAP failed: the connection is unusable, drop it and connect again."""


class FolderRefused(MailboxError):
    """The server refused one folder (missing, read-only, over quota); the connection is still good."""


class SubmissionError(WorldError):
    """SMTP failed before the mail was accepted: nothing went out."""


class SendRefused(SubmissionError):
    """A definite no: refused recipient, 5xx. Trying again is useless."""


class SendDeferred(SubmissionError):
    """Not now: 4xx, no connection. Nothing went out and trying again is safe."""


class SendUncertain(WorldError):
    """No answer after the final dot: the mail may be out (RFC 5321 § 4.2.5, RFC 1047). Never tried again by itself."""


class RegisterError(WorldError):
    """The register cannot be used; the message names the remedy."""


class RegisterMissing(RegisterError):
    """There is no register where one was before; never a silent fresh start."""


class RegisterDamaged(RegisterError):
    """The register does not pass its checksum."""


class RegisterUnwritable(RegisterError):
    """The register could not be written (full disk, read-only folder); the old state is still there."""
