"""Shadow verifies a release against live production traffic before any user sees it."""

__version__ = "0.1.0"
