"""How nodes exchange and check feeds. Modules that decide are pure; I/O lives in `transport` and `pull`."""
