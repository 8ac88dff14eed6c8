"""The same as of mitmproxy."""

from tests.integration.capture.test_law_1_mixed_failures import *  # noqa: F403
