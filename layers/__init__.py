"""What Lamassu shows: map layers, printed pages and the browser views."""
