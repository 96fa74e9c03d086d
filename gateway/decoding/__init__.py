"""Body primitives the providers are made of."""
