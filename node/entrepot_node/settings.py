"""The settings of a node: one file, `entrepot.toml`, in the node's folder; the environment wins over it.

Everything has a default that suits a small cluster but for the origin, which is for ever.
"""

from __future__ import annotations

import json
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from entrepot_node.durable_files import replace_file
from entrepot_schema.errors import Misuse

FILE_NAME = "entrepot.toml"

_DatabaseUrl = Annotated[str, StringConstraints(pattern=r"^(postgres(ql)?://\S+)?$")]
_DATABASES = ("database", "database_replica", "witness_database")


def _require_network(text: str) -> str:
    """Refuse what would be taken for the name of nobody, and silently never match."""
    ip_network(text)
    return text


class Settings(BaseSettings):
    """One node. Each field can be set by `ENTREPOT_<NAME>` too."""

    model_config = SettingsConfigDict(env_prefix="ENTREPOT_", extra="forbid")

    origin: str = Field(description="The node's permanent name, such as biomed.example. Never changes.")
    name: str = Field("", description="What people call the cluster, shown on its pages.")
    language: str = Field("en", description="Language tag of that name.")
    base_url: str = Field("http://127.0.0.1:8101", description="Where peers and visitors reach this node.")
    static_url: str = Field(
        "", description="Where the static copy of `entrepot static` is served; base_url if it is empty."
    )
    database: _DatabaseUrl = Field(
        "",
        repr=False,
        description="postgresql:// URL of the database that holds the store; the file entrepot.db if it is empty.",
    )
    database_replica: _DatabaseUrl = Field(
        "",
        repr=False,
        description="URL of a replica of it, which is read for visitors; the database if it is empty.",
    )
    witness_database: _DatabaseUrl = Field(
        "",
        repr=False,
        description="URL of the database that holds what our witness has seen; files in the folder if it is empty.",
    )
    listen: str = Field("127.0.0.1:8101", description="Address and port the server binds.")
    proxies: list[Annotated[str, StringConstraints(max_length=100), AfterValidator(_require_network)]] = (
        Field(
            default_factory=list,
            max_length=100,
            description="Addresses or networks of reverse proxies whose word on a client's address is believed.",
        )
    )
    license: str = Field(
        "CC-BY-4.0", description="SPDX licence of records that name none. CC0-1.0 or CC-BY-4.0 are advised."
    )
    territory: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]] = Field(
        default_factory=list, description="ISO 3166 codes of the territories this node speaks for: a claim."
    )
    takedown_email: str = Field("", description="Role mailbox for requests to take something down.")
    takedown_form: str = Field("", description="Web form for the same.")
    poll_seconds: int = Field(
        300, ge=5, description="How often each peer is asked for news. Lower: fresher, more traffic."
    )
    growth_limit: int = Field(
        1_000_000, ge=1, description="Entries a peer's feed may grow in a day before you are asked."
    )
    feed_bytes_limit: int = Field(
        4 * 1024**3, ge=1, description="Bytes of entries and records a peer's feed may hold here."
    )
    mirroring: Literal["any", "listed", "none"] = Field(
        "none", description="Who may keep and serve a whole copy of this node's feed: any, listed or none."
    )
    mirror_for: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{3,253}$")]] = Field(
        default_factory=list,
        max_length=1000,
        description="Origins of the nodes that may, where it is listed.",
    )
    witness_logs: list[Annotated[str, StringConstraints(max_length=1300)]] = Field(
        default_factory=list,
        max_length=1000,
        description="Keys (vkeys) of other logs to witness besides the feeds you follow.",
    )
    witnesses: list[Annotated[str, StringConstraints(max_length=3400)]] = Field(
        default_factory=list,
        max_length=100,
        description="Witnesses to push to besides those of the peers you follow: a vkey and a URL each.",
    )
    hello: bool = Field(
        True, description="Tell the nodes you follow where they may push to; their operators decide."
    )
    allow_network_disk: bool = Field(
        False, description="Lets the node's folder lie on a network file system, at your own risk."
    )
    demo: bool = Field(False, description="Shows on every page that the data is a demo.")
    passphrase: str = Field(
        "", repr=False, exclude=True, description="Opens the key files; only ever from the environment."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file; nothing else."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(home: Path) -> Settings:
    """Read the settings of the node in a folder; raise `Misuse` naming the setting that is wrong."""
    return read_settings(home / FILE_NAME)


def read_settings(path: Path) -> Settings:
    """Read a settings file."""
    if not path.is_file():
        hint = "Run `entrepot init` first, or name the node's folder with --home."
        raise Misuse("settings.missing", f"there is no {path}", hint=hint)
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise Misuse("settings.wrong", f"{path} is no TOML: {error}") from error
    if "passphrase" in written:
        hint = "Set ENTREPOT_PASSPHRASE instead, and take the line out of the file."
        raise Misuse(
            "settings.wrong", "setting passphrase: it must not lie beside the keys it opens", hint=hint
        )
    try:
        return _reader_of(path)()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise Misuse("settings.wrong", f"setting {name}: {first['msg']}") from error
    except SettingsError as error:
        raise Misuse("settings.wrong", f"in the environment: {error}") from error


def write_settings(home: Path, settings: Settings) -> None:
    """Write a settings file with what differs from the defaults, and a comment for each."""
    lines = ["# The settings of this node. Each can also be set in the environment, as ENTREPOT_<NAME>.", ""]
    for name, field in Settings.model_fields.items():
        if field.exclude:
            continue
        value: Any = getattr(settings, name)
        if name in _DATABASES and _holds_password(value):
            value = ""  # everybody may read this file; the URL stays where it came from, in the environment
        same = not field.is_required() and value == field.get_default(call_default_factory=True)
        lines += [f"# {field.description}", f"{'# ' if same else ''}{name} = {_toml(value)}", ""]
    # Whole or not at all: half a file would read as a node with other settings.
    replace_file(home / FILE_NAME, "\n".join(lines).encode("utf-8"), mode=0o644)


def _holds_password(url: str) -> bool:
    parts = urlsplit(url)
    return parts.password is not None or "password" in parse_qs(parts.query)


def _reader_of(path: Path) -> type[Settings]:
    class FileSettings(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    return FileSettings


def _toml(value: object) -> str:
    """Write a value as TOML; for texts, numbers, booleans and lists of texts JSON is TOML, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
