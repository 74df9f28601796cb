"""Guard engine that judges a viewer's text by rules kept as data; needs no model."""
