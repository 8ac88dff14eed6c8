"""Stage 2: between the live path and the rest; bounded, and never waited for by the live path."""
