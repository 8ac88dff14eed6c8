"""Pages for people; each module has `routes`."""
