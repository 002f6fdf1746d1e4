"""The words of a condition assessment, as EAMENA and the heritage services of the region use them.

Only the terms are re-typed here, from the value lists of the EAMENA database (Endangered
Archaeology in the Middle East and North Africa; repository ``eamena-project/eamena-arches-dev``,
folder ``dbs/database.eamena/data/reference_data/rm/hp/values``, commit b2bd2568 of 29 July 2025,
AGPL-3.0); the descriptions are Lamassu's own. A member's value is the term as EAMENA writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Condition(StrEnum):
    """Overall state of a heritage place on the day of the assessment."""

    GOOD = "Good"
    FAIR = "Fair"
    POOR = "Poor"
    VERY_BAD = "Very Bad"
    DESTROYED = "Destroyed"
    UNKNOWN = "Unknown"


class DamageExtent(StrEnum):
    """Share of the place that is damaged."""

    NONE = "No Visible/Known"
    TO_10 = "1-10%"
    TO_30 = "11-30%"
    TO_60 = "31-60%"
    TO_90 = "61-90%"
    TO_100 = "91-100%"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """How sure the assessor is of cause and effect."""

    NOT_APPLICABLE = "Not Applicable"
    NEGLIGIBLE = "Negligible"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    DEFINITE = "Definite"


class ThreatProbability(StrEnum):
    """How likely further damage is."""

    PLANNED = "Planned"
    PROBABLE = "Probable"
    POSSIBLE = "Possible"
    NOT_APPLICABLE = "Not Applicable"


class ActionPriority(StrEnum):
    """How soon somebody should act."""

    IMMEDIATE = "Immediate Action (Emergency)"
    URGENT = "Within 6 months to 1 year (Urgent)"
    HIGH = "Within 1 to 2 years (High)"
    MEDIUM = "Within 2 to 5 years (Medium)"
    LOW = "Beyond 5 years (Low)"
    UNSTATED = ""


class Activity(StrEnum):
    """How the place was assessed."""

    FIELD = "Field Based Assessment"
    AERIAL = "Aerial Survey"
    GROUND_SURVEY = "Archaeological Assessment/Ground Survey"
    CONDITION = "Condition Assessment"
    EMERGENCY = "Emergency Impact Assessment"
    RISK = "Risk Assessment"
    SALVAGE = "Salvage Recording"
    DESK = "Desk Based Assessment"
    EMERGENCY_IMAGES = "Emergency Impact Assessment (Image Interpretation)"
    ARCHAEOLOGICAL_IMAGES = "Archaeological Assessment (Image Interpretation)"
    CONDITION_IMAGES = "Condition Assessment (Image Interpretation)"
    RISK_IMAGES = "Risk Assessment (Image Interpretation)"
    LITERATURE = "Literature Interpretation/Digitisation"
    UNSTATED = ""


class DisturbanceCategory(StrEnum):
    """The walk of life from which a disturbance or threat comes."""

    AGRICULTURAL = "Agricultural/Pastoral"
    ARCHAEOLOGICAL = "Archaeological"
    BUILDING = "Building and Development"
    DEFENSIVE = "Defensive/Fortification"
    DOMESTIC = "Domestic Use"
    FUNERARY = "Funerary/Memorial"
    HUNTING = "Hunting/Fishing"
    HYDRAULIC = "Hydraulic Use"
    INDUSTRIAL = "Industrial/Productive"
    INFRASTRUCTURE = "Infrastructure/Transport"
    LOOTING = "Looting/Illegal Activities"
    MANAGEMENT = "Management and Institutional Factors"
    MARITIME = "Maritime"
    MILITARY = "Military/Armed Conflict"
    NATURAL = "Natural"
    PUBLIC = "Public/Institutional Use"
    RELIGIOUS = "Religious Activities"
    SOCIAL = "Social/Cultural Uses of Heritage"
    STATUS = "Status/Display/Monumental"
    TOURISM = "Tourism/Visitor Activities"
    TRADE = "Trade/Commercial Use"
    UTILITIES = "Utilities"
    VANDALISM = "Vandalism"
    UNKNOWN = "Unknown"
    NOT_APPLICABLE = "Not Applicable"


class DisturbanceCause(StrEnum):
    """What does the damage."""

    ANIMALS = "Animal/Pest Infestation"
    AQUACULTURE = "Aquaculture"
    BREAKING = "Breaking/Smashing"
    CABLES = "Cable/Pipe Laying"
    CLEARANCE_BULLDOZING = "Clearance (Bulldozing/Levelling)"
    CLEARANCE_HAND = "Clearance (Hand)"
    CLEARANCE = "Clearance (Unclassified)"
    COASTAL_ADVANCE = "Coastal Advance/Accretion"
    COASTAL_EROSION = "Coastal Erosion/Retreat"
    CONSERVATION = "Conservation"
    CONSTRUCTION = "Construction"
    DEMOLITION = "Demolition/Destruction"
    DISSOLVED_SALT = "Dissolved Salt"
    DREDGING = "Dredging"
    DRILLING = "Drilling"
    DROUGHT = "Drought"
    DUMPING = "Dumping"
    EXCAVATION_MACHINERY = "Excavation (Bulldozing/Machinery)"
    EXCAVATION_HAND = "Excavation (Hand)"
    EXCAVATION = "Excavation (Unclassified)"
    EXPLOSION = "Explosion/Heavy Weaponry"
    FIRE = "Fire"
    FLOODING = "Flooding"
    GRAFFITI = "Graffiti"
    GRAZING = "Grazing/Animal Movement"
    GUNFIRE = "Gunfire/Light Weaponry"
    TRAMPLING = "Human Movement/Trampling"
    INUNDATION = "Inundation"
    IRRIGATION = "Irrigation (Unclassified)"
    IRRIGATION_CHANNELS = "Irrigation (Channels)"
    IRRIGATION_PIVOT = "Irrigation (Centre Pivot System)"
    LACK_OF_MANAGEMENT = "Lack of Maintenance/Management/Legal Measures and Activities"
    LAND_SLIDE = "Land/Rock Slide"
    LANDMINES = "Landmines"
    LANDSCAPING = "Landscaping"
    MANAGEMENT = "Maintenance/Management Activities"
    QUARRYING = "Mining/Quarrying (Unclassified)"
    QUARRYING_SURFACE = "Mining/Quarrying (Surface)"
    QUARRYING_PIT = "Mining/Quarrying (Open Trench/Pit)"
    QUARRYING_UNDERGROUND = "Mining/Quarrying (Underground)"
    MOORING = "Mooring/Anchoring"
    NONE = "No Visible/Known"
    OCCUPATION = "Occupation/Continued Use"
    PLOUGHING = "Ploughing"
    POLLUTION = "Pollution"
    PRECIPITATION = "Precipitation"
    RAILWAY = "Railway"
    RECESSION_OF_WATER = "Recession of water"
    RECONSTRUCTION = "Reconstruction"
    REFURBISHMENT = "Refurbishment"
    RESTORATION = "Restoration"
    ROAD = "Road/Track"
    SALVAGE = "Salvage"
    SEISMIC = "Seismic Activity"
    STATIONARY_VEHICLE = "Stationary Vehicle"
    ROBBING = "Structural Robbing"
    TEMPERATURE = "Temperature/Humidity Change"
    THEFT = "Theft/Unauthorised Removal of Objects"
    TRAWLING = "Trawling"
    TUNNELLING = "Tunnelling"
    VEGETATION = "Vegetation/Crops/Trees"
    VOLCANIC = "Volcanic Eruption"
    WATER = "Water Action"
    WATER_AND_WIND = "Water and/or Wind Action"
    WIND = "Wind Action"
    UNKNOWN = "Unknown"


class DisturbanceEffect(StrEnum):
    """What the damage is."""

    ACCESS = "Access Restriction"
    TERRAIN = "Alteration of Terrain"
    ARTEFACTS_MOVED = "Artefact Displacement"
    BURNING = "Burning"
    LEACHING = "Chemical Leaching"
    COLLAPSE = "Collapse/Structural Damage"
    COMPACTING = "Compacting"
    COVERED = "Covered"
    BROKEN = "Cracked/Broken/Missing Parts"
    EARTH_DISPLACEMENT = "Earth Displacement"
    EROSION = "Erosion/Deterioration (micro-bio)"
    LACK_OF_ADHESION = "Lack of Adhesion"
    LACK_OF_COHESION = "Lack of Cohesion"
    LOSS_OF_MATERIAL = "Loss/Removal of Archaeological Material"
    LOSS_OF_INTANGIBLE = "Loss of Intangible Heritage Linked to Heritage Resource"
    RELOCATION = "Relocation of Archaeological Features"
    STRUCTURAL = "Structural Alteration"
    SURFACE_LOSS = "Surface Loss"
    VISUAL = "Visual Impact"
    WATER_DAMAGE = "Water Damage"
    NOT_APPLICABLE = "Not Applicable"
    UNKNOWN = "Unknown"


ARABIC: Mapping[str, str] = {
    Condition.GOOD: "جيد",
    Condition.FAIR: "مقبول",
    Condition.POOR: "ضعيف",
    Condition.VERY_BAD: "سيئ جداً",
    Condition.DESTROYED: "مدمر",
    Condition.UNKNOWN: "غير محدد",
    Certainty.NEGLIGIBLE: "ضئيل",
    Certainty.LOW: "ضعيف",
    Certainty.MEDIUM: "متوسط",
    Certainty.HIGH: "عالي",
    Certainty.DEFINITE: "مؤكد",
    ThreatProbability.PLANNED: "مخطط",
    ThreatProbability.PROBABLE: "محتمل",
    ThreatProbability.POSSIBLE: "ممكن",
}
"""The terms of EAMENA's own Arabic lists, by the English term; the other lists have none here."""

IN_IRAQ: tuple[DisturbanceCause, ...] = (
    DisturbanceCause.EXCAVATION_HAND,
    DisturbanceCause.EXCAVATION_MACHINERY,
    DisturbanceCause.CLEARANCE_BULLDOZING,
    DisturbanceCause.CONSTRUCTION,
    DisturbanceCause.ROAD,
    DisturbanceCause.PLOUGHING,
    DisturbanceCause.IRRIGATION_CHANNELS,
    DisturbanceCause.IRRIGATION_PIVOT,
    DisturbanceCause.QUARRYING,
    DisturbanceCause.DUMPING,
    DisturbanceCause.EXPLOSION,
    DisturbanceCause.GUNFIRE,
    DisturbanceCause.DEMOLITION,
    DisturbanceCause.ROBBING,
    DisturbanceCause.STATIONARY_VEHICLE,
    DisturbanceCause.INUNDATION,
    DisturbanceCause.FLOODING,
    DisturbanceCause.FIRE,
    DisturbanceCause.BREAKING,
    DisturbanceCause.WATER_AND_WIND,
    DisturbanceCause.UNKNOWN,
)
"""The causes that a form offers first; Lamassu's choice for the region, all others can be had."""
