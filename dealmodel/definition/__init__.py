"""The whole deal file as one Deal; cross-checks; schema."""
