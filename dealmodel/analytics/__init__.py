"""Numbers read off cash flows and Results: lives, yields, durations, spreads, returns, coverage; the term sheet."""
