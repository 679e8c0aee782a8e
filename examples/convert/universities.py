"""Universities with their web domains, as institutions. The list gives a name, a country and addresses, and no more."""

from __future__ import annotations

from entrepot_node.demo_data.rows import Profile, Row, clean

SOURCE = "https://github.com/Hipo/university-domains-list"
# Quotation marks of Windows-1252 that somebody read as Latin-1: control characters now.
_QUOTES = {0x84: "„", 0x91: "‘", 0x92: "’", 0x93: "“", 0x94: "”"}


def university_profile(row: Row, retrieved: str) -> Profile:
    """Make the profile of one row, without id."""
    website = row["web_pages"].split(";")[0].strip()
    profile: Profile = {
        "type": "institution",
        "kind": "university",
        "name": {"und": clean(row["name"].translate(_QUOTES))},
        "locations": [{"country": row["country"]}],
        "status": "active",
        "updated": retrieved,
        "source": {"kind": "thirdParty", "url": SOURCE, "retrieved": retrieved},
    }
    return profile | ({"website": website} if website else {})
