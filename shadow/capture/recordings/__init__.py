"""Recordings as a way in: what was seen once, asked again.

`files` opens a file and finds out what it is; `har`, `flows`, `goreplay` and `access_log` read it,
entry by entry, and know nothing of the rest; `front` gives the entries to the intake.
"""
