"""Our shim for the conformance suite: `python -m entrepot_node.conformance_shim`, JSON lines in and out.

The node lives in this process and does what the command line does; nothing runs in the background, since the suite says
when. An exception that is no refusal of the node ends the process: that counts as a crash.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from entrepot_node import conformance_feeds
from entrepot_node.commands.serve import log_to_stderr
from entrepot_node.conformance_databases import Databases
from entrepot_node.conformance_judge import judge
from entrepot_node.conformance_node import Message
from entrepot_node.conformance_peers import PeeringNode
from entrepot_node.orders import Publication
from entrepot_schema.errors import EntrepotError


class Shim(PeeringNode):
    """One node: answers requests, and publishes."""

    def answer(self, request: Message) -> Message:
        """Do one request; an error of the node is a refusal, any other exception goes on."""
        do = getattr(self, "do_" + str(request["do"]).replace("-", "_"), None)
        members = {name: request[name] for name in request if name != "do"}
        try:
            return {"verdict": "accepted", **do(**members)} if do else {"verdict": "unsupported"}
        except EntrepotError as error:
            return {"verdict": "refused", "code": error.code, "message": error.message}

    def do_publish(self, profiles: list[Message]) -> Message:
        license = self._node.settings.license
        with self._node.publisher() as publisher:
            receipts = publisher.publish([Publication(profile, license) for profile in profiles])
        return {"ids": [receipt.subject for receipt in receipts], "size": self._node.feed.size}

    def do_withdraw(self, ids: list[str]) -> Message:
        with self._node.publisher() as publisher:
            publisher.withdraw(ids)
        return {"size": self._node.feed.size}

    def do_judge(self, what: str, **members: Any) -> Message:
        return judge(what, members)


def add_databases(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a server for the stores."""
    told = "PostgreSQL server on which each node gets databases of its own; files in its home if not given"
    parser.add_argument("--databases", metavar="URL", type=_databases, help=told)


def _databases(server: str) -> Databases:
    databases = Databases(server)
    conformance_feeds.new_place = databases.new
    return databases


def main() -> None:
    """Answer one request a line until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m entrepot_node.conformance_shim")
    add_databases(parser)
    shim = Shim(parser.parse_args().databases)
    log_to_stderr()
    for line in sys.stdin:
        print(json.dumps(shim.answer(json.loads(line))), flush=True)  # noqa: T201  answers go to standard output
    shim.end()


if __name__ == "__main__":
    main()
