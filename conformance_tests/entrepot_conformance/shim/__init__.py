"""The small protocol by which the suite drives a node: JSON in, JSON out (NODE-CONTRACT.md)."""
