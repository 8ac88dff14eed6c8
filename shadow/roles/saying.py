"""What a child tells its supervisor: a line of JSON on standard output."""

import json
import logging
import os
import sys

logger = logging.getLogger(__name__)


def say(message: dict[str, object]) -> None:
    """Tell the supervisor; if that is gone, there is nobody to tell."""
    try:
        os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")
    except OSError:
        logger.warning("the supervisor is gone")
