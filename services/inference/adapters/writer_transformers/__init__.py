"""Writer engine over any causal chat model that transformers loads; a strategy says how the model is asked."""
