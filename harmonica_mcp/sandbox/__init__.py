"""An embedded Harmonica: the same REST API over ASGI, in memory, without key or network."""

from .app import Sandbox
from .arrival import Recorded, key_digest
from .faults import AnswerLost, Fault, Faults
from .state import Session, Tenant, Thread

__all__ = [
    "AnswerLost",
    "Fault",
    "Faults",
    "Recorded",
    "Sandbox",
    "Session",
    "Tenant",
    "Thread",
    "key_digest",
]
