"""The term sheet: a deal and what comes out of it, as tables of words and numbers."""
