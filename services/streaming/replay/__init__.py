"""`cineloom replay SESSION`: the same film again from its log."""
