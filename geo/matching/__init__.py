"""Comparison of words and pictures, without files and without a store."""
