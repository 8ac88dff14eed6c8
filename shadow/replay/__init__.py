"""Stage 3: the same request to candidate and secondary, once, at the same moment."""
