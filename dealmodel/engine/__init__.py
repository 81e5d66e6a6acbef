"""Deal to Model to Result: compile, run, conservation."""
