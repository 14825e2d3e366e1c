"""Checks of what targets expose, against what definitions declare; `stackgen verify` asks them."""
