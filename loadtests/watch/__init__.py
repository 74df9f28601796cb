"""A viewer without a browser: watches a film, acts on it by a script, and measures what reaches it."""
