"""A definition of what is exposed already: metrics as they are, and what names, types and labels say that they mean."""
