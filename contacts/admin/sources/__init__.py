"""Pages about sources: how they do, how they are installed, and their keys."""
