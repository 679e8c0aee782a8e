"""The shims of our node, driven as the suite drives any: real processes, real nodes, nothing but verdicts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.shim.driver import Launch
from entrepot_conformance.shim.http import http_launch
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.outcome import Skipped

CLUSTER = {
    "type": "cluster",
    "kind": "clusterOrganisation",
    "name": {"en": "BioMed Cluster Stuttgart"},
    "locations": [{"country": "DE"}],
    "status": "active",
    "updated": "2026-04-01",
}
TIME = "2026-05-01T08:00:00Z"


@pytest.fixture(params=["command", "url"])
def launch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Launch]:
    if request.param == "command":
        yield command_launch([sys.executable, "-m", "entrepot_node.conformance_shim"], tmp_path)
        return
    command = [sys.executable, "-m", "entrepot_node.conformance_http", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield http_launch(process.stdout.readline().strip(), tmp_path)
        process.terminate()


def test_one_node_publishes_another_follows_and_both_say_the_same(launch: Launch) -> None:
    writer, reader = launch("writer"), launch("reader")
    writer.init("biomed.example", time=TIME, mirroring="any")
    reader.init("photonics.example", time=TIME)
    writer.require("publish", "withdraw", "set-time", "recover", "witness", "mirror")
    (subject,) = writer.must("publish", profiles=[CLUSTER]).details["ids"]
    reader.must("add-peer", url=writer.url, fingerprint=writer.fingerprint, mirror=True)

    pulled = reader.must("sync-once", origin="biomed.example").details
    assert pulled == {"size": 2, "stored": 1, "missing": 0, "refused": []}
    root = writer.must("status").details["root"]
    (peer,) = reader.must("status").details["peers"]
    assert peer == {"origin": "biomed.example", "size": 2, "root": root, "live": 1, "code": ""}

    writer.must("withdraw", ids=[subject])
    assert reader.must("sync-once", origin="biomed.example").details["size"] == 3
    assert reader.must("status").details["peers"][0]["live"] == 0
    for driver in (writer, reader):
        driver.close()


def test_a_node_comes_back_from_its_folder_and_its_feed_from_a_mirror(launch: Launch) -> None:
    writer, mirror = launch("writer"), launch("mirror")
    writer.init("biomed.example", time=TIME, mirroring="any")
    mirror.init("photonics.example", time=TIME)
    writer.must("publish", profiles=[CLUSTER])
    mirror.must("add-peer", url=writer.url, fingerprint=writer.fingerprint, mirror=True)
    mirror.must("sync-once", origin="biomed.example")
    before = writer.must("status").details

    writer.must("stop")
    for file in writer.home.glob("entrepot.db*"):
        file.unlink()
    lost = writer.ask("init", home=str(writer.home), origin="biomed.example")
    assert (lost.kind, lost.code) == (Kind.REFUSED, "store.lost")
    assert writer.must("recover", url=mirror.url).details == {"size": 2}
    assert writer.must("status").details == before
    writer.init("biomed.example")
    assert writer.must("status").details == before
    for driver in (writer, mirror):
        driver.close()


@pytest.mark.parametrize("name", ["shim", "node", "peers", "http", "checker"])
def test_a_shim_is_small(name: str) -> None:
    """Whoever brings another node writes one, too."""
    file = Path(__file__).parents[2] / "node" / "entrepot_node" / f"conformance_{name}.py"

    assert file.read_text("utf-8").count("\n") < 100


def test_refusals_have_the_codes_of_the_node(launch: Launch) -> None:
    one = launch("one")
    assert one.ask("status").code == "settings.missing"
    one.init("biomed.example", time=TIME)

    assert one.ask("add-peer", url=one.url, fingerprint="wrong").code == "follow.fingerprint"
    assert one.ask("add-peer", url=one.url, fingerprint=one.fingerprint).code == "peer.self"
    assert one.ask("sync-once", origin="photonics.example").code == "follow.unknown"
    late = {**CLUSTER, "updated": "2026-05-20"}
    assert one.ask("publish", profiles=[late]).code == "publish.refused"
    with pytest.raises(Skipped):
        one.ask("dance")

    one.must("set-time", time="2026-06-01T00:00:00Z")
    one.must("publish", profiles=[late])
    one.close()


def test_an_error_that_is_no_refusal_is_a_crash(launch: Launch) -> None:
    one = launch("one")
    one.init("biomed.example", time=TIME)

    with pytest.raises(AssertionError, match="Traceback"):
        one.ask("set-time", time="yesterday")
    one.close()
