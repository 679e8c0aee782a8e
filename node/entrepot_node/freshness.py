"""How long caches may keep what (EXC-03); the same words on a running node and on a copy of it."""

IMMUTABLE = "max-age=31536000, immutable"
MINUTE = "max-age=60, must-revalidate"
HEAD = "max-age=1, must-revalidate"
