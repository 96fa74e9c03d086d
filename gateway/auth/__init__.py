"""Signature and token primitives the providers are made of."""
