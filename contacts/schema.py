"""What the sources send, learned from what came."""
