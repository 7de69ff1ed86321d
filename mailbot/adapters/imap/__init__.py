"""IMAP: one mailbox as the use cases see it, and a watcher that says when to look."""

from mailbot.adapters.imap.account import ImapAccount
from mailbot.adapters.imap.mailbox import ImapMailbox
from mailbot.adapters.imap.watcher import ImapWatcher

__all__ = ["ImapAccount", "ImapMailbox", "ImapWatcher"]
