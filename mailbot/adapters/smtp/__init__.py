"""Sending by SMTP with aiosmtplib: exactly these bytes, exactly one recipient, at most once."""

from mailbot.adapters.smtp.account import SmtpAccount, Tls
from mailbot.adapters.smtp.outbox import SmtpOutbox, SmtpSession

__all__ = ["SmtpAccount", "SmtpOutbox", "SmtpSession", "Tls"]
