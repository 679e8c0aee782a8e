"""Whether a point lies where its country is: in the smallest box around it, and a little beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from entrepot_schema.findings import Finding, finding
from entrepot_schema.registers import read_rows

# Degrees: for islands that the scale of the source leaves out.
_MARGIN = 0.5

Box = tuple[float, float, float, float]


def coordinate_findings(lat: str, lon: str, countries: Iterable[str], pointer: str) -> Iterator[Finding]:
    """Judge a point that should lie in one of these countries; silent where a box is not known."""
    boxes = [box for country in countries if (box := _boxes().get(country))]
    north, east = float(lat), float(lon)
    if not boxes or any(_holds(box, north, east) for box in boxes):
        return
    if any(_holds(box, east, north) for box in boxes):
        message, hint = "lat and lon look swapped", f"Write lat {lon} and lon {lat}."
    else:
        message = f"the point {lat}, {lon} lies outside of its country"
        hint = "Correct the point or the country; lat is north, lon is east, minus means south or west."
    yield finding("code.coordinates", message, pointer=f"{pointer}/lat", hint=hint, severity="warning")


def _holds(box: Box, north: float, east: float) -> bool:
    west_edge, south_edge, east_edge, north_edge = box
    return (
        south_edge - _MARGIN <= north <= north_edge + _MARGIN
        and west_edge - _MARGIN <= east <= east_edge + _MARGIN
    )


@cache
def _boxes() -> dict[str, Box]:
    return {
        row["country"]: (float(row["west"]), float(row["south"]), float(row["east"]), float(row["north"]))
        for row in read_rows("country-boxes")
    }
