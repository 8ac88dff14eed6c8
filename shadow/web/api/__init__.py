"""The HTTP API under /api/v1; each module has `routes`."""

PREFIX = "/api/v1"
"""Where the API is; another version would be beside it."""
