"""The node's own feed as files that any web host can serve: a follower can tell it from a node by nothing but what is not there."""
