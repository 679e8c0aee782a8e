"""Ids, dates, addresses and texts: the values that stand in many places."""

from __future__ import annotations

from typing import Annotated

from entrepot_schema.models.frozen import FrozenMap
from entrepot_schema.models.published import Published

RecordId = Annotated[str, Published("common.json#/$defs/recordId")]
"""Id of a subject, `https://<origin>/id/<26 letters>` (PRO-07)."""
Did = Annotated[str, Published("common.json#/$defs/did")]
Origin = Annotated[str, Published("common.json#/$defs/origin")]
FeedName = Annotated[str, Published("common.json#/$defs/feedName")]
Vkey = Annotated[str, Published("common.json#/$defs/vkey")]
License = Annotated[str, Published("common.json#/$defs/license")]

Date = Annotated[str, Published("common.json#/$defs/date")]
"""Year, month or day, as exactly as it is known; not yet a real date: that is a rule of layer C (PRO-11, PRO-20)."""
FullDate = Annotated[str, Published("common.json#/$defs/fullDate")]
Year = Annotated[str, Published("common.json#/$defs/year")]
TimeWithOffset = Annotated[str, Published("common.json#/$defs/timeWithOffset")]

Url = Annotated[str, Published("common.json#/$defs/url")]
HttpsUrl = Annotated[str, Published("common.json#/$defs/httpsUrl")]
Email = Annotated[str, Published("common.json#/$defs/email")]
Phone = Annotated[str, Published("common.json#/$defs/phone")]

Country = Annotated[str, Published("common.json#/$defs/country")]
Countries = Annotated[tuple[Country, ...], Published("common.json#/$defs/countries")]
Jurisdiction = Annotated[str, Published("common.json#/$defs/jurisdiction")]
Subdivision = Annotated[str, Published("common.json#/$defs/subdivision")]
Nuts = Annotated[str, Published("common.json#/$defs/nuts")]
Gbt2260 = Annotated[str, Published("common.json#/$defs/gbt2260")]
PostalCode = Annotated[str, Published("common.json#/$defs/location/properties/postalCode")]
Latitude = Annotated[str, Published("common.json#/$defs/latitude")]
"""Degrees as a decimal string, never a float (PRO-10)."""
Longitude = Annotated[str, Published("common.json#/$defs/longitude")]

LanguageTag = Annotated[str, Published("common.json#/$defs/languageTag")]
Languages = Annotated[tuple[LanguageTag, ...], Published("common.json#/$defs/languages")]
LanguageMap = FrozenMap[str]
"""Texts by BCP 47 tag, at least one (PRO-08): `company.name["zh-Hans"]`, `company.name.get("en")`."""
Name = Annotated[LanguageMap, Published("common.json#/$defs/name")]
ShortText = Annotated[LanguageMap, Published("common.json#/$defs/shortText")]
Note = Annotated[LanguageMap, Published("common.json#/$defs/note")]
LongText = Annotated[LanguageMap, Published("common.json#/$defs/longText")]

Extensions = Annotated[FrozenMap[FrozenMap[object]], Published("common.json#/$defs/ext")]
"""The open drawer (PRO-06): `company.ext["lifesci"]["schema"]`; kept as it came, at every depth."""
