"""How long answers take: what is measured of an exchange, and sketches that add up."""
