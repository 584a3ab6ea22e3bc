"""What each kind of record does: one module a kind, one function a record."""
