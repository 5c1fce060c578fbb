"""What we were told about contacts, folded by the time it was said."""
