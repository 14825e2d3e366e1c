"""What the stack consists of, one module per file or family of files; `generators.compose` puts it together."""
