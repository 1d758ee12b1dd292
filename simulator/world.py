"""What do all parts of the simulated world share?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from simulator.background_tasks import BackgroundTasks
from simulator.faults import FaultPlan
from simulator.pace import ToldPace
from simulator.received import Arrivals
from simulator.webhooks import Webhooks


@dataclass(frozen=True)
class World:
    """One account at one number, one clock, one plan of faults, one memory of what arrived."""

    account_sid: str
    number: str
    clock: Callable[[], datetime]
    pace: ToldPace
    faults: FaultPlan
    arrivals: Arrivals
    background_tasks: BackgroundTasks
    webhooks: Webhooks
