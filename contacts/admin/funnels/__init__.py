"""Pages about funnels: the list, the form, the report, the people."""
