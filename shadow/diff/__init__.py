"""What differs between two replies; pure.

`compare` is the way in. It asks `headers` and `body`; a body is undone by `decode`, read by
`parse`, and walked by `tree`, which asks `lists` how two lists belong together and `shape`
whether a value kept its form. `rules` marks what is excused, `endpoint` says what was asked.
"""
