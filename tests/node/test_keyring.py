"""Private keys on disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from entrepot_node.durable_files import write_secret
from entrepot_node.keyring import Keyring, key_path, load_keyring, read_key, write_key
from entrepot_schema.errors import Misuse
from entrepot_schema.keys import SigningKey

KEY = SigningKey.from_seed(bytes(range(32)))


def refusal_of(path: Path, passphrase: str = "") -> Misuse:
    with pytest.raises(Misuse) as refusal:
        read_key(path, passphrase)
    return refusal.value


@pytest.mark.parametrize("passphrase", ["", "correct horse", "密码"])
def test_a_key_is_written_and_read_back(tmp_path: Path, passphrase: str) -> None:
    path = key_path(tmp_path, "record")

    write_key(path, KEY, passphrase)

    assert path == tmp_path / "record.pem"
    assert read_key(path, passphrase) == KEY
    assert (KEY.seed in path.read_bytes()) is False


def test_a_keyring_is_the_record_key_and_the_log_key_of_one_feed(tmp_path: Path) -> None:
    other = SigningKey.from_seed(bytes(32))
    write_key(key_path(tmp_path, "record"), KEY)
    write_key(key_path(tmp_path, "feed-2"), other)

    assert load_keyring(tmp_path, 2) == Keyring(KEY, other)
    with pytest.raises(Misuse) as refusal:
        load_keyring(tmp_path, 1)
    assert refusal.value.code == "key.file"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_secret_is_written_for_its_owner_only(tmp_path: Path, umask: int) -> None:
    """K14."""
    before = os.umask(umask)
    try:
        write_secret(tmp_path / "secret", b"secret")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_no_key_is_written_over_another(tmp_path: Path) -> None:
    """A lost log key is a lost feed."""
    write_key(tmp_path / "record.pem", KEY)

    with pytest.raises(FileExistsError):
        write_key(tmp_path / "record.pem", SigningKey.from_seed(bytes(32)))

    assert read_key(tmp_path / "record.pem") == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620, 0o601, 0o777])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    """K14."""
    path = tmp_path / "record.pem"
    write_key(path, KEY)
    path.chmod(mode)

    refused = refusal_of(path)

    assert refused.code == "key.file-mode"
    assert "chmod 600" in refused.hint
    path.chmod(0o400)
    assert read_key(path) == KEY


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    """K15."""
    write_key(tmp_path / "closed.pem", KEY, "correct horse")
    write_key(tmp_path / "open.pem", KEY)

    assert refusal_of(tmp_path / "closed.pem").code == "key.file"
    assert refusal_of(tmp_path / "closed.pem", "battery staple").code == "key.file"
    assert refusal_of(tmp_path / "open.pem", "correct horse").code == "key.file"


def test_what_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    others = {
        "curve": ec.generate_private_key(ec.SECP256R1()),
        "ed448": ed448.Ed448PrivateKey.generate(),
    }
    for name, key in others.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_secret(tmp_path / name, pem)
    write_secret(tmp_path / "empty", b"")
    write_secret(tmp_path / "garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    unknown = b"MC4CAQAwBQYDK2VxBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
    write_secret(
        tmp_path / "unknown", b"-----BEGIN PRIVATE KEY-----\n%b\n-----END PRIVATE KEY-----\n" % unknown
    )
    (tmp_path / "folder").mkdir(mode=0o700)

    for path in (*tmp_path.iterdir(), tmp_path / "nothing"):
        assert refusal_of(path).code == "key.file", path.name


def test_messages_and_texts_never_show_the_secret(tmp_path: Path) -> None:
    """A14."""
    write_key(tmp_path / "record.pem", KEY, "correct horse")
    shown = repr(Keyring(KEY, KEY)) + str(refusal_of(tmp_path / "record.pem", "battery staple"))

    assert KEY.seed.hex() not in shown
    assert repr(KEY.seed) not in shown
    assert "battery staple" not in shown
