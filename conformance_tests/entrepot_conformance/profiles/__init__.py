"""The profiles: each module lists the cases of one role that a node can play."""
