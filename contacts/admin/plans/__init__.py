"""Pages about tracking plans: the list, the grid, settings, violations, repairs."""
