"""Files of any format as raw tables of text and shapes."""
