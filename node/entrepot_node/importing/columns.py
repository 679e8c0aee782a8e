"""The columns that an import knows, and how a heading is understood.

One table, `COLUMNS`; docs/import.md shows it and a test compares the two. A heading may stand in any case, with
spaces or underscores, or under one of its aliases; `name:en` adds a language. What is unknown is reported with
the nearest known heading. Columns that look as if they held data of persons are dropped, whatever is in them.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from entrepot_schema import catalog

Kind = Literal[
    "code", "codes", "coordinate", "countries", "country", "date", "flag", "identifier", "license", "memberships",
    "names", "plain", "tags", "text", "type", "url",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A known column: what it is called, which field of the profile it fills, and how its cells are read.

    A dot in `field` is a step into the profile; `locations` is the first place. `codelist` is the list of codes,
    for `kind` of the record that of its type.
    """

    heading: str
    field: str
    kind: Kind
    help: str
    aliases: tuple[str, ...] = ()
    codelist: str = ""

    @property
    def has_languages(self) -> bool:
        """Whether the heading may end in a language, as in `name:en`."""
        return self.kind in ("text", "names")


@dataclass(frozen=True, slots=True)
class Match:
    """A heading that was understood: its column, and its language where one was given."""

    column: Column
    language: str


_LIST = "separated by a bar"

COLUMNS: tuple[Column, ...] = (
    Column("type", "type", "type", "`company`, `cluster` or `institution`", ("类型", "Typ")),
    Column(
        "name",
        "name",
        "text",
        "name under which it is known",
        (
            "名称",
            "名稱",
            "单位名称",
            "企业名称",
            "公司名称",
            "Firmenname",
            "Firma",
            "Unternehmen",
            "company name",
        ),
    ),
    Column("legalName", "legalName", "text", "name in the register", ("注册名称", "Rechtsname")),
    Column(
        "otherNames", "otherNames", "names", f"short forms, {_LIST}", ("简称", "Kurzname", "otherNames.short")
    ),
    Column("otherNames.brand", "otherNames", "names", f"brands, {_LIST}", ("品牌", "Marke", "brand")),
    Column("otherNames.former", "otherNames", "names", f"earlier names, {_LIST}", ("曾用名", "former name")),
    Column(
        "otherNames.acronym", "otherNames", "names", f"acronyms, {_LIST}", ("缩写", "Abkürzung", "acronym")
    ),
    Column(
        "summary",
        "summary",
        "text",
        "two or three sentences for a stranger, at most 600 characters",
        ("简介", "企业简介", "Beschreibung", "Kurzbeschreibung", "description"),
    ),
    Column(
        "country",
        "locations.country",
        "country",
        "ISO 3166-1 code, such as `DE`",
        ("国家", "国家代码", "Land"),
    ),
    Column(
        "subdivision", "locations.subdivision", "plain", "ISO 3166-2 code, such as `CN-JS`", ("省份代码",)
    ),
    Column("nuts", "locations.nuts", "plain", "NUTS 2024 code"),
    Column("gbt2260", "locations.gbt2260", "plain", "GB/T 2260 code of six digits", ("行政区划代码",)),
    Column(
        "locality", "locations.locality", "text", "town", ("城市", "所在城市", "Ort", "Stadt", "city", "town")
    ),
    Column(
        "postalCode",
        "locations.postalCode",
        "plain",
        "postal code",
        ("邮编", "邮政编码", "PLZ", "Postleitzahl", "postcode", "zip"),
    ),
    Column("street", "locations.street", "text", "street and number", ("地址", "街道", "Straße", "address")),
    Column(
        "lat", "locations.lat", "coordinate", "degrees north, WGS 84", ("纬度", "Breitengrad", "latitude")
    ),
    Column(
        "lon",
        "locations.lon",
        "coordinate",
        "degrees east, WGS 84",
        ("经度", "Längengrad", "longitude", "lng"),
    ),
    Column("jurisdiction", "jurisdiction", "plain", "where it is registered: ISO 3166 code"),
    Column("website", "website", "url", "home page", ("网址", "网站", "Webseite", "Homepage", "url")),
    Column(
        "languages",
        "languages",
        "tags",
        f"languages in which people get an answer, {_LIST}",
        ("语言", "Sprachen"),
    ),
    Column(
        "sectors", "sectors", "codes", f"codes or labels, {_LIST}", ("领域", "Branchen", "sector"), "sector"
    ),
    Column("kind", "kind", "code", "code or label; needed for clusters and institutions", ("类别", "Art")),
    Column(
        "founded",
        "founded",
        "date",
        "year, month or day, such as `2016-05`",
        ("成立时间", "成立日期", "成立年份", "Gründungsjahr", "gegründet", "established"),
    ),
    Column("status", "status", "code", "`active` if empty", ("状态",), "status"),
    Column("statusSince", "statusSince", "date", "since when the status holds"),
    Column(
        "updated", "updated", "date", "day on which somebody confirmed the row; today if empty", ("更新日期",)
    ),
    Column("sizeClass", "sizeClass", "code", "code", ("人员规模", "Größenklasse"), "sizeClass"),
    Column("sizeYear", "sizeYear", "date", "year in which people were counted"),
    Column(
        "capabilities",
        "capabilities",
        "codes",
        f"codes or labels, {_LIST}",
        ("能力", "Kompetenzen"),
        "capability",
    ),
    Column(
        "businessModels",
        "businessModels",
        "codes",
        f"codes or labels, {_LIST}",
        ("商业模式",),
        "businessModel",
    ),
    Column("listed", "listed", "flag", "`yes` or `no`", ("是否上市", "börsennotiert")),
    Column(
        "goals",
        "internationalisation.goals",
        "codes",
        f"what it wants abroad, {_LIST}",
        ("国际化目标",),
        "internationalisationGoal",
    ),
    Column(
        "targets",
        "internationalisation.targets",
        "countries",
        f"where it wants to go, {_LIST}",
        ("目标国家",),
    ),
    Column("presentIn", "internationalisation.presentIn", "countries", f"where it works already, {_LIST}"),
    Column(
        "needs",
        "internationalisation.needs",
        "codes",
        f"services it needs for that, {_LIST}",
        ("需求",),
        "service",
    ),
    Column(
        "experience",
        "internationalisation.experience",
        "code",
        "`none`, `first`, `established`",
        (),
        "experience",
    ),
    Column("memberOf", "memberOf", "memberships", f"ids of clusters, {_LIST}", ("所属集群",)),
    Column("LEI", "identifiers", "identifier", "20 characters"),
    Column("EUID", "identifiers", "identifier", "European unique identifier"),
    Column("EU-VAT", "identifiers", "identifier", "with its two letters in front", ("VAT", "USt-IdNr.")),
    Column("CN-USCC", "identifiers", "identifier", "18 characters", ("统一社会信用代码", "USCC")),
    Column("ROR", "identifiers", "identifier", "`https://ror.org/…`"),
    Column("WIKIDATA", "identifiers", "identifier", "Q and a number"),
    Column("ISIN", "identifiers", "identifier", "12 characters"),
    Column("ISNI", "identifiers", "identifier", "16 characters"),
    Column(
        "DE-HR", "identifiers", "identifier", "German commercial register, with court", ("Handelsregister",)
    ),
    Column("FR-SIREN", "identifiers", "identifier", "nine digits", ("SIREN",)),
    Column("IT-REA", "identifiers", "identifier", "Italian register", ("REA",)),
    Column("NL-KVK", "identifiers", "identifier", "Dutch chamber of commerce", ("KVK",)),
    Column("BE-KBO", "identifiers", "identifier", "Belgian enterprise number", ("KBO", "BCE")),
    Column("HK-BR", "identifiers", "identifier", "Hong Kong business registration"),
    Column("source.kind", "source.kind", "code", "who stated the facts", (), "sourceKind"),
    Column("source.url", "source.url", "url", "page they come from"),
    Column("source.retrieved", "source.retrieved", "date", "when that page was read"),
    Column(
        "license",
        "license",
        "license",
        "SPDX id; if empty, the licence the record has so far, for a new one the node's",
        ("licence", "许可", "Lizenz"),
    ),
)

_WITH_LANGUAGE = {
    "中文名称": "name:zh-Hans",
    "中文名稱": "name:zh-Hant",
    "英文名称": "name:en",
    "英文名稱": "name:en",
    "中文简介": "summary:zh-Hans",
    "英文简介": "summary:en",
}
# Codes of countries that people write for a language, and that are no language.
NO_LANGUAGES = {"cn": "zh-Hans", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja"}

_PERSONAL_WORDS = frozenset((
    "anrede", "ansprechpartner", "ansprechpartnerin", "birth", "birthday", "ceo", "cfo", "chair", "chairman",
    "chairperson", "chairwoman", "chief", "contact", "contacts", "contacto", "contatto", "coo", "correo",
    "courriel", "cto", "director", "directors", "email", "emails", "employee", "employees", "executive",
    "fax", "founder", "founders", "gender", "geschäftsführer", "geschäftsführerin", "geschäftsführung",
    "handy", "inhaber", "inhaberin", "kontakt", "leiter", "leiterin", "linkedin", "mail", "mailbox", "mails",
    "manager", "managers", "mobil", "mobile", "nachname", "owner", "owners", "passport", "person", "persons",
    "phone", "phones", "president", "qq", "rep", "representative", "salutation", "skype", "spokesperson",
    "surname", "tel", "telefon", "telefono", "telephone", "teléfono", "téléphone", "vorname", "vorstand",
    "wechat", "weixin", "whatsapp",
))  # fmt: skip
_PERSONAL_PARTS = (
    "联系", "聯繫", "聯絡", "联络", "姓名", "手机", "手機", "电话", "電話", "邮箱", "郵箱", "电邮", "电子邮件", "微信",
    "法人", "代表人", "负责人", "負責人", "董事", "经理", "經理", "创始人", "創始人", "身份证", "身份證", "性别", "生日",
    "职务", "職務", "传真", "ansprechpartner", "geschäftsführ", "geburt", "telefon", "email",
)  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGE_TAIL = re.compile(r"(.+?)[\s_.(\[-]+([A-Za-z]{2}(?:[_-][A-Za-z]{4})?)[)\]]?")
_JOINTS = re.compile(r"[\s_.\-]+")


def match_heading(heading: str) -> Match | None:
    """Understand a heading; None if it is not known. A language is brought to its usual spelling."""
    plain = unicodedata.normalize("NFKC", heading)
    base, _, language = _WITH_LANGUAGE.get(plain, plain).partition(":")
    column = _by_heading().get(_folded(base))
    if column is None or (language and not column.has_languages):
        return None
    return Match(column, usual_tag(language))


def looks_personal(heading: str) -> bool:
    """Answer whether a column may hold data of persons, by its heading alone."""
    plain = unicodedata.normalize("NFKC", heading)
    folded = _folded(plain)
    if any(part in folded for part in _PERSONAL_PARTS):
        return True
    words = set(_WORD.findall(_CAMEL.sub(" ", plain).lower()))
    return bool(words & _PERSONAL_WORDS) or folded in catalog.codelist("personalPropertyName")


def nearest_heading(heading: str) -> str:
    """Name the known heading that is most like an unknown one, with its language if one can be seen; or ''."""
    plain = unicodedata.normalize("NFKC", heading)
    base, _, language = plain.partition(":")
    tail = _LANGUAGE_TAIL.fullmatch(plain)
    if tail and _folded(tail[1]) in _by_heading():
        base, language = tail[1], tail[2]
    near = difflib.get_close_matches(_folded(base), _by_heading(), n=1, cutoff=0.8)
    if not near:
        return ""
    column = _by_heading()[near[0]]
    return f"{column.heading}:{usual_tag(language)}" if language and column.has_languages else column.heading


def usual_tag(tag: str) -> str:
    """Write a language tag as usual: `zh-hans` and `zh_HANS` become `zh-Hans`."""
    first, *rest = tag.strip().replace("_", "-").split("-")
    shaped = [
        part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower() for part in rest
    ]
    return "-".join([first.lower(), *shaped])


def _folded(heading: str) -> str:
    return _JOINTS.sub("", unicodedata.normalize("NFKC", heading).casefold())


@cache
def _by_heading() -> dict[str, Column]:
    return {_folded(name): column for column in COLUMNS for name in (column.heading, *column.aliases)}
