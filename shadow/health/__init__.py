"""How the targets stand over time: what one exchange tells of it, and how long periods are."""
