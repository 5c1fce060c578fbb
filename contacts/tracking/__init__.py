"""The tracking API: accept what clients send, and keep it before saying so."""
