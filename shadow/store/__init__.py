"""Stage 6: counts, signatures and examples at rest, in SQLite or PostgreSQL."""
