"""Spans of what workers ask, in the traces of the users whose requests are copied."""
