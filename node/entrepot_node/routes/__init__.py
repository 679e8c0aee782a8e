"""The paths a node answers, one file for each resource."""
