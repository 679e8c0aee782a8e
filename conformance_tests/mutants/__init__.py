"""Mutants: copies of our node with one rule bent each. The conformance suite must tell every one of them from the node."""
