"""How many users descriptors allow for."""

import subprocess
import sys

ASKED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 264))
from shadow.capture.descriptors import possible_connections
print(possible_connections(), resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_all_descriptors_that_may_be_had_are_shared_out_by_two() -> None:
    done = subprocess.run((sys.executable, "-c", ASKED), capture_output=True, text=True, check=True)
    assert done.stdout == "100 (264, 264)\n"
