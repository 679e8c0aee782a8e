"""Chinese zones and parks of the statistical division codes of 2023, as clusters.

Traps: the codes of zones are the statistical office's own and not GB/T 2260, so that the county or the prefecture
around is given instead; a name may be a kind of thing and no name; and a few rows are ordinary districts.
"""

from __future__ import annotations

import re

from entrepot_node.demo_data.rows import Dropped, Profile, Row, clean

SOURCE = "https://github.com/modood/Administrative-divisions-of-China"
_KINDS = {
    "bondedZone": "x-bonded-zone",
    "developmentZone": "x-development-zone",
    "economicDevelopmentZone": "economicDevelopmentZone",
    "highTechZone": "highTechZone",
    "industrialPark": "x-industrial-park",
    "lifeSciencePark": "sciencePark",
    "scienceCity": "x-science-city",
    "scienceTechnologyPark": "sciencePark",
    "universitySciencePark": "universitySciencePark",
}
# ISO 3166-2 by the first two digits of GB/T 2260.
_PROVINCES = {
    "11": "BJ", "12": "TJ", "13": "HE", "14": "SX", "15": "NM", "21": "LN", "22": "JL", "23": "HL",
    "31": "SH", "32": "JS", "33": "ZJ", "34": "AH", "35": "FJ", "36": "JX", "37": "SD", "41": "HA",
    "42": "HB", "43": "HN", "44": "GD", "45": "GX", "46": "HI", "50": "CQ", "51": "SC", "52": "GZ",
    "53": "YN", "54": "XZ", "61": "SN", "62": "GS", "63": "QH", "64": "NX", "65": "XJ",
}  # fmt: skip
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
_WORDS = (
    "经济技术", "高新技术", "新技术", "经济", "技术", "高新", "产业", "工业", "农业", "现代", "科技", "物流", "化工", "保税",
    "循环", "生态", "综合", "开发区", "园区", "园", "集中区", "区", "管理委员会", "管委会", "街道", "城",
)  # fmt: skip
_KIND_ALONE = re.compile("(?:" + "|".join(_WORDS) + ")+")
_DISTRICT = re.compile("(?:街道|街道办事处|镇|乡|生活区|片区|地区|类似乡级单位|社区|农场|林场|牧场)$")


def zone_profile(row: Row, retrieved: str) -> Profile:
    """Make the profile of one row, without id; raise `Dropped` where it may be no zone, or has no name of its own."""
    name = clean(row["name_zh"])
    if row["kind_guess"] not in _KINDS:
        raise Dropped("may be an ordinary district; the name tells no kind of cluster")
    if _DISTRICT.search(name):
        raise Dropped("a street, town or settlement inside a zone")
    if _KIND_ALONE.fullmatch(name):
        raise Dropped("a kind of zone without a name of its own")
    return {
        "type": "cluster",
        "kind": _KINDS[row["kind_guess"]],
        "name": {"zh-Hans": name},
        "locations": [_location(row)],
        "status": "active",
        "updated": retrieved,
        "source": {"kind": "thirdParty", "url": SOURCE, "retrieved": retrieved},
    }


def _location(row: Row) -> Profile:
    code = row["nbs_code"]
    place = (
        row["county_zh"] if _is_county(code) and row["county_zh"] else row["city_zh"] or row["province_zh"]
    )
    return {
        "country": "CN",
        "subdivision": f"CN-{_PROVINCES[code[:2]]}",
        "gbt2260": _division(code),
        "locality": {"zh-Hans": clean(place)},
    }


def _is_county(code: str) -> bool:
    """Answer whether the first six digits are a county of GB/T 2260: from 70 on they are the office's own."""
    return "01" <= code[4:6] < "70"


def _division(code: str) -> str:
    """The smallest division of GB/T 2260 around: the county, the prefecture, or the province."""
    if _is_county(code):
        return code[:6]
    if code[:2] in _MUNICIPALITIES or code[2:4] == "90":
        return f"{code[:2]}0000"
    return f"{code[:4]}00"
