"""Numbers read off a Result."""
