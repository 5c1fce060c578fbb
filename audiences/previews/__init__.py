"""What a rule that is still being written selects, how it comes to that, and what looks wrong."""
