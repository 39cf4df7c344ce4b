"""What was found, as sentences, tables, pictures and a page."""
