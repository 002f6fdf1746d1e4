"""What the text of raw tables means: columns, cells, rows as records."""
