"""GPU cohorts: their resale and book value, what it costs to keep them, and their sale."""
