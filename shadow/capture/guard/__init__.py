"""What protects users from Shadow itself: decisions from measurements, without clock or I/O."""
