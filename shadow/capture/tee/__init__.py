"""The tee: users' bytes go to the primary and back unchanged, and a copy is read afterwards."""
