"""How a process leaves the processor to others: production first."""

import os

_NICENESS = 19


def stand_back() -> None:
    """Take little of the processor where others want it, from now on and for good.

    Niceness counts among processes that the kernel shares the processor with directly: those of the
    same control group, or else of the same session. It leaves a process a hundredth of a processor
    that others want all of. As an idle one (`SCHED_IDLE`) it would be put aside sooner, but left so
    little that a worker could not even say that it has no use for more.
    """
    os.nice(_NICENESS)
