"""Checks of the comments that leave findings out."""
