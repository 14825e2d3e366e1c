"""One metric definition becomes a whole observability stack."""
