"""The same as of mitmproxy."""

from tests.integration.capture.test_upgraded_connections import *  # noqa: F403
