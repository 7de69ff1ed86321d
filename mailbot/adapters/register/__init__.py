"""The register on disk and its locks; the one package that knows TinyDB."""

from mailbot.adapters.register.locks import register_lock, service_lock
from mailbot.adapters.register.register import TinyRegister, memory_register, open_register

__all__ = ["TinyRegister", "memory_register", "open_register", "register_lock", "service_lock"]
