"""What runs when: Prefect runs it, and decides nothing.

Prefect reads its surroundings when it is first imported, so they are set here, before any flow is.
"""

import os
from pathlib import Path

from settings import Settings

_surroundings = Settings().prefect_environment
Path(_surroundings["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
for _name, _value in _surroundings.items():
    os.environ.setdefault(_name, _value)
