"""What a program dies of that has a death planted in it: BANZHANG_TEST_DIES says at which moment."""

import os
import signal
from typing import Final

MOMENT: Final = os.environ.get("BANZHANG_TEST_DIES", "")


def die() -> None:
    """As by kill -9. Who starts it again starts the plain program."""
    os.kill(os.getpid(), signal.SIGKILL)
