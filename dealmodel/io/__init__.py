"""A file or a text to plain data with places: no meaning, no more than the caps allow."""
