"""Where do the fictional roster and the dated situations lie?"""

from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).parent.parent / "examples"
ROSTER: Final = EXAMPLES / "roster.yaml"
SITUATION: Final = EXAMPLES / "situations" / "andaman-sea-2015.yaml"
