"""Stage 9: review pages for people and an HTTP API for machines, beside any store."""
