"""How processes are named in leases, so that what one left behind when it was killed can be given back at once."""

from __future__ import annotations

import os
import secrets
import socket


def new_owner() -> str:
    """Name something in this process that takes leases."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def has_ended(owner: str) -> bool:
    """Answer whether the process of a lease has ended; False where that can't be known, as of another machine.

    A process asks before it takes leases itself: what has its own number then is of one before it (in a container all
    have number 1). Wrong guesses do no harm: a lease saves work, and what it guards is guarded by the store as well.
    """
    host, _, process = owner.rpartition("-")[0].rpartition("-")
    if host != socket.gethostname():
        return False
    if int(process) == os.getpid():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # it lives, as another user
    return False
