"""The standard as pure functions: read, check, sign and verify records. No network, no clock."""
