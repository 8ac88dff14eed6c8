"""Stage 5: what may be kept: no secret comes to rest (pure)."""
