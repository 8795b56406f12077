"""Apache Fineract as it really speaks: hooks, external events, the read model, and pauses written back."""
