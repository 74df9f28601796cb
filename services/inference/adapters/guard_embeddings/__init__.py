"""Guard engine that compares a viewer's text with exemplar sentences by their embeddings."""
