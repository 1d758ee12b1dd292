"""What does the simulated world outside offer: an SMS provider, a mail server, people?

This is its door; the operator's commands and the tests come in here, and nobody else does.
"""

from notifications.gateway.faults import Fault, Trouble, read_faults
from notifications.gateway.invitations import Attends
from notifications.gateway.personas import Does, Persona, read_personas
from notifications.gateway.received import Received
from notifications.gateway.server import (
    DEMO_ACCOUNT,
    DEMO_NUMBER,
    DEMO_TOKEN,
    Gateway,
    Place,
    run_gateway,
)
from notifications.gateway.webhooks import signature

__all__ = [
    "DEMO_ACCOUNT",
    "DEMO_NUMBER",
    "DEMO_TOKEN",
    "Attends",
    "Does",
    "Fault",
    "Gateway",
    "Persona",
    "Place",
    "Received",
    "Trouble",
    "read_faults",
    "read_personas",
    "run_gateway",
    "signature",
]
