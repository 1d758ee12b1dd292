"""How long do the tests wait for what must come about?

Many times what it takes alone: another test, or another program, may have the machine. What is
awaited is noticed when it comes, so that patience costs time only where something is wrong.
"""

from typing import Final

PATIENCE: Final = 60.0  # real seconds
