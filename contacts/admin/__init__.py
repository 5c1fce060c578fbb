"""Pages for marketers about people."""
