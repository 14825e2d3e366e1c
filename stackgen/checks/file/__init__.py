"""Files that cannot be read for what they are."""
