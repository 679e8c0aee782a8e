"""The HTTP server below the application: uvicorn, set up once for all that serve a node."""

from __future__ import annotations

from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI

from entrepot_node.patient_protocol import PatientProtocol


def server_config(
    app: FastAPI, *, host: str = "127.0.0.1", port: int = 0, grace_seconds: int, proxies: Sequence[str] = ()
) -> uvicorn.Config:
    """Say how to serve an application; what is under way when it ends has `grace_seconds`.

    Where a request comes from one of `proxies`, the client's address is the one that proxy names.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        http=PatientProtocol,
        timeout_graceful_shutdown=grace_seconds,
    )
