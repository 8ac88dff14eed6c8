"""A benchmark of noise: what is found and what is cried, method by method, on the same exchanges.

`services` makes seeded services of JSON, `disturbances` the noise that production and candidate
both have, `regressions` what only the candidate has. `trial` sends traffic through one service and
asks every method in `methods` for its answer; `tables` says how often each was right.
"""
