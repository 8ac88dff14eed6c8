"""The same as of mitmproxy."""

from tests.integration.capture.test_what_is_captured import *  # noqa: F403
