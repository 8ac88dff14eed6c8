"""The same as of mitmproxy."""

from tests.integration.capture.test_law_1_streaming import *  # noqa: F403
