"""Bodies, read by what they are: every reader makes one JSON value of a body.

One walk then compares them all, and one language of locations and rules speaks of them all. A
reader is pure and bounded, and raises `UnreadableError` for a body that is not what it claims.
"""
