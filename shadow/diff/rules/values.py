"""The values that a difference lies between, where one of them may not be there at all."""

from enum import Enum
from typing import Final


class Absent(Enum):
    """The type of ABSENT: no value, which is not null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""What stands for a value on the side that has none."""
