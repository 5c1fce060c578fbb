"""An app with one slice of work, for tests with real worker processes."""
