"""What pages show: pure, bounded, and texts that are safe to be escaped and shown."""
