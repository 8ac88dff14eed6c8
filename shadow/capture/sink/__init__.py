"""Copies of requests that somebody else's proxy sends: answered at once, then taken in."""
