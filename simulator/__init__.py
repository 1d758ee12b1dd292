"""What does the simulated world outside offer: providers of SMS and calls, a mail server, people?

This is its door; the operator's commands and the tests come in here, and nobody else does.
"""

from simulator.exchange import SimulatedCall
from simulator.faults import Api, PlannedFault, Struck, Trouble, read_fault_plan, read_faults
from simulator.invitations import Attends
from simulator.kannel_api import DEMO_KANNEL_PASSWORD, DEMO_KANNEL_USER
from simulator.personas import Does, OnCall, Persona, read_persona_file, read_personas
from simulator.received import Received
from simulator.server import DEMO_ACCOUNT, DEMO_NUMBER, DEMO_TOKEN, Endpoint, Gateway, run_gateway
from simulator.webhooks import SharedKey, signature

__all__ = [
    "DEMO_ACCOUNT",
    "DEMO_KANNEL_PASSWORD",
    "DEMO_KANNEL_USER",
    "DEMO_NUMBER",
    "DEMO_TOKEN",
    "Api",
    "Attends",
    "Does",
    "Endpoint",
    "Gateway",
    "OnCall",
    "Persona",
    "PlannedFault",
    "Received",
    "SharedKey",
    "SimulatedCall",
    "Struck",
    "Trouble",
    "read_fault_plan",
    "read_faults",
    "read_persona_file",
    "read_personas",
    "run_gateway",
    "signature",
]
