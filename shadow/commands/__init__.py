"""What the commands do, one module for each group of them; `shadow.cli` only reads options."""
