"""Where do the files of a test lie? In memory, where there is room: nobody needs them tomorrow."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - what lies there is made in folders of our own
ROOM: Final = 2 * 1024**3  # bytes that a whole run may need


def folder() -> str:
    """The place for temporary folders."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return str(MEMORY) if roomy else tempfile.gettempdir()
