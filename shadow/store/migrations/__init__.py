"""Changes of the tables, in order; `tables.py` is what they lead to, and a test compares both.

A new one is a file in `versions/` with `down_revision` set to the one before it.
"""
