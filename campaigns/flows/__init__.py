"""A flow as plain data: its document, its checks, its places."""
