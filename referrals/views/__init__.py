"""Public pages and the endpoint."""
