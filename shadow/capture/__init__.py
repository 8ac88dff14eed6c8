"""Stage 1: live requests, copied beside the user's way and never in it."""
