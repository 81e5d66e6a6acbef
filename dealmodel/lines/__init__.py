"""The algebra of lines, the Model, and its backends: plain Python, NumPy and explanation."""
