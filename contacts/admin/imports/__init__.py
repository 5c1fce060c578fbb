"""The import wizard: a page for each step, mounted under ``/contacts/imports/``."""
