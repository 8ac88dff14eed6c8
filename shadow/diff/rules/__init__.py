"""Which differences are excused, by whom and why; a rule marks and never deletes."""
