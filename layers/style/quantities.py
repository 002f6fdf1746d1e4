"""Numbers in words with their units, and places in the order that the map wants."""

from __future__ import annotations

import math


def latlon(lonlat: tuple[float, float]) -> tuple[float, float]:
    """The (latitude, longitude) pair that folium wants; nowhere else is this order used."""
    lon, lat = lonlat
    return lat, lon


def metres(length_m: float) -> str:
    """A length in words: ``85 m``, ``1.2 km``, ``240 km``; "unknown" for NaN."""
    if math.isnan(length_m):
        return "unknown"
    if length_m < 995:
        return f"{length_m:.0f} m"
    kilometres = length_m / 1000
    return f"{kilometres:.1f} km" if kilometres < 99.95 else f"{kilometres:,.0f} km"


def square_metres(area_m2: float) -> str:
    """An area in words: ``800 m²``, ``1.4 ha``, ``12 km²``; "unknown" for NaN."""
    if math.isnan(area_m2):
        return "unknown"
    if area_m2 < 9_950:
        return f"{area_m2:,.0f} m²"
    return f"{area_m2 / 1e4:.1f} ha" if area_m2 < 995_000 else f"{area_m2 / 1e6:,.1f} km²"


def hours(time_h: float) -> str:
    """A time in words: ``40 min``, ``7.5 h``, ``3.1 days``; "unknown" for NaN."""
    if math.isnan(time_h):
        return "unknown"
    if time_h < 0.995:
        return f"{60 * time_h:.0f} min"
    return f"{time_h:.1f} h" if time_h < 47.95 else f"{time_h / 24:.1f} days"


def percent(share: float) -> str:
    """A share in words: ``34 %``, ``under 1 %``, ``none``; "unknown" for NaN."""
    if math.isnan(share):
        return "unknown"
    if share <= 0:
        return "none"
    return f"{100 * share:.0f} %" if share >= 0.0095 else "under 1 %"


def share_band(low: float, high: float) -> str:
    """An interval of shares in words: ``12 to 48 %``; "unknown" if an end is NaN."""
    if math.isnan(low) or math.isnan(high):
        return "unknown"
    ends = f"{100 * low:.0f}", f"{100 * high:.0f}"
    return f"{ends[0]} to {ends[1]} %" if ends[0] != ends[1] else f"about {ends[0]} %"
