"""The import wizard: a page for each step, mounted beneath the list of imports."""
