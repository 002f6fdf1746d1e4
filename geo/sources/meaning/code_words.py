"""Words that people use for the values of our closed sets, in English, Arabic, French and Persian.

A word stands here only if it means one value: what may be two is refused and shown to a person, as
Arabic ``استرداد``, which is a recovery to some and a return to others. Terms of CITES reports are
among them. The lists are Lamassu's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from geo.eamena import ARABIC, Certainty, Condition, ThreatProbability
from geo.model import (
    CustodyType,
    DateBasis,
    DatePrecision,
    LinkType,
    ObjectClass,
    PostKind,
    Precision,
    RoadMode,
    SeizureType,
    Sensitivity,
    SiteEventType,
    SourceClass,
    Tlp,
    TransportMode,
)
from geo.words import fold

_WORDS: dict[type[StrEnum], dict[str, str]] = {
    SeizureType: {
        "seizure": "seized / seizures / confiscation / confiscated / interception / intercepted / "
        "detention of goods / ضبط / ضبطت / مضبوطات / مصادرة / حجز / saisie / saisi / توقیف کالا",
        "recovery": "recovered / found and recovered / العثور على / عثور",
        "forfeiture": "forfeited / civil forfeiture / مصادرة قضائية / مصادرة بحكم قضائي",
        "return": "returned / repatriation / repatriated / restitution / restituted / handover / "
        "handed over / إعادة / أعيدت / إرجاع / تسليم / إعادة إلى الوطن / retour / rapatriement",
        "arrest": "arrested / arrests / اعتقال / إلقاء القبض / القبض / قبض / توقيف أشخاص / "
        "arrestation",
    },
    SiteEventType: {
        "looting": "looted / pillage / pillaging / plunder / illegal excavation / "
        "illicit excavation / illegal digging / clandestine excavation / نهب / نبش / "
        "حفر غير قانوني / تنقيب غير شرعي / تنقيب غير مشروع / حفر عشوائي / pillage du site",
        "destruction": "destroyed / demolition / demolished / تدمير / هدم / تخريب متعمد / تفجير",
        "military damage": "shelling / air strike / airstrike / bombing / bombardment / "
        "war damage / قصف / ضربة جوية / أضرار عسكرية / أضرار حربية",
        "occupation": "occupied / احتلال / سيطرة",
        "recapture": "recaptured / liberation / liberated / تحرير",
        "observation": "observed / visit / site visit / inspection / inspected / monitoring / "
        "field visit / زيارة / زيارة ميدانية / كشف / كشف موقعي / معاينة / رصد / مراقبة",
    },
    CustodyType: {
        "seized": "seizure / confiscated / confiscation / ضبط / مصادرة / حجز",
        "transferred": "transfer / transport / moved / نقل / تحويل / إحالة",
        "received": "receipt / taken over / handover to us / استلام / تسلم",
        "stored": "storage / in storage / deposited / deposit / خزن / تخزين / إيداع / حفظ",
        "examined": "examination / expertise / expert examination / appraisal / authentication / "
        "فحص / خبرة / معاينة / كشف",
        "conserved": "conservation / restored / restoration / treatment / صيانة / ترميم / معالجة",
        "returned": "return / repatriated / repatriation / restitution / إعادة / إرجاع",
        "lost": "missing / stolen / فقدان / مفقود / ضياع",
        "destroyed": "destruction / إتلاف / تلف / تدمير",
    },
    LinkType: {
        "return of": "returns / is return of",
        "same case": "case / one case / نفس القضية",
        "same event": "event / duplicate / duplicate report / one event / نفس الحادث",
        "distinct": "different / not the same / مختلف",
    },
    TransportMode: {
        "road": "by road / land / overland / car / private car / passenger car / taxi / truck / "
        "lorry / bus / van / minibus / pickup / vehicle / road vehicle / motor vehicle / "
        "motorcycle / بر / برا / بري / طريق بري / النقل البري / سيارة / سيارة خاصة / "
        "سيارة أجرة / شاحنة / حافلة / باص / مركبة / دراجة نارية / route / terrestre / voiture / "
        "camion / زمینی / خودرو / کامیون / karayolu / kara yolu",
        "rail": "by rail / train / railway / قطار / سكة حديد / سكك حديدية / ferroviaire / قطار شحن "
        "/ demiryolu",
        "air": "by air / air transport / aircraft / plane / aeroplane / airplane / flight / جو / "
        "جوا / جوي / النقل الجوي / طائرة / aerien / avion / هوایی / hava yolu / havayolu",
        "air cargo": "air freight / airfreight / cargo plane / cargo flight / شحن جوي / شحنة جوية",
        "air passenger": "airline passenger / air passenger baggage / passenger flight / "
        "passenger by air / مسافر جوا / مسافر بالطائرة / راكب طائرة / أمتعة مسافر جوي",
        "sea": "by sea / maritime / ship / vessel / boat / fishing boat / ferry / "
        "container / sea container / sea freight / container (sea) / بحر / بحرا / بحري / "
        "النقل البحري / سفينة / باخرة / قارب / زورق / حاوية / شحن بحري / bateau / navire / "
        "دریایی / کشتی / deniz yolu / denizyolu",
        "post": "mail / by mail / by post / postal / postal service / parcel / postal parcel / "
        "courier / express / express mail / express courier / post/express / mail/post / بريد / "
        "بريدي / طرد / طرد بريدي / بريد سريع / poste / courrier / colis / پست / posta / kargo",
        "freight": "cargo / goods / freight forwarding / شحن / شحنة / بضائع / fret",
        "pedestrian": "foot / on foot / by foot / walking / hand carried / hand-carried / "
        "on person / مشيا / سيرا / سيرا على الأقدام / مشيا على الأقدام / مشاة / راجل / a pied / "
        "پیاده",
        "animal": "animals / pack animal / mule / mules / donkey / horse / camel / حيوان / دواب / "
        "بغل / بغال / حمار / جمل",
        "": "unknown / not known / unstated / not stated / unspecified / not specified / "
        "not reported / n/a / na / غير معروف / غير محدد / غير مذكور / مجهول / inconnu / نامعلوم",
    },
    Precision: {
        "exact": "precise / gps / surveyed / exact location / دقيق / دقيق جدا / بالضبط",
        "vicinity": "approximate / approximately / محيط / بالقرب / تقريبي / قرب الموقع",
        "town": "city / village / settlement / town or city / مدينة / بلدة / قرية / قضاء / ville",
        "province": "governorate / district or province / region / muhafaza / محافظة / إقليم / "
        "منطقة / استان / il",
        "country": "country only / national / دولة / بلد / pays / کشور",
    },
    PostKind: {
        "land": "land border / land crossing / land boundary / border crossing / road crossing / "
        "checkpoint / بري / منفذ بري / معبر بري / منفذ حدودي بري / terrestre",
        "sea": "sea port / seaport / port / harbour / harbor / maritime port / maritime / بحري / "
        "منفذ بحري / ميناء / ميناء بحري / maritime",
        "air": "airport / air port / international airport / جوي / منفذ جوي / مطار / مطار دولي / "
        "aeroport",
        "informal": "unofficial / unofficial crossing / illegal crossing / smuggling route / "
        "غير رسمي / غير نظامي / غير شرعي / معبر غير رسمي / معبر تهريب / منفذ غير رسمي",
    },
    ObjectClass: {
        "writing": "tablet / tablets / cuneiform / cuneiform tablet / cuneiform tablets / "
        "clay tablet / clay tablets / manuscript / manuscripts / inscription / inscriptions / "
        "inscribed objects / لوح / ألواح / ألواح مسمارية / لوح مسماري / رقم طينية / رقيم / "
        "رقيم طيني / مخطوطة / مخطوطات / كتابات / نقوش كتابية / tablette / tablettes",
        "seals": "seal / cylinder seal / cylinder seals / stamp seal / stamp seals / "
        "stamps and cylinder seals / sealing / sealings / bulla / bullae / ختم / أختام / "
        "ختم أسطواني / أختام أسطوانية / ختم منبسط / أختام منبسطة / sceau / sceaux",
        "sculpture": "sculptures / statue / statues / statuette / statuettes / figurine / "
        "figurines / bust / busts / تمثال / تماثيل / دمية طينية / دمى طينية / منحوتة / منحوتات",
        "architectural elements": "architectural element / architecture / mosaic / mosaics / "
        "frieze / friezes / architectural fragments / عنصر معماري / عناصر معمارية / فسيفساء / "
        "إفريز",
        "vessels": "vessel / pottery / ceramic / ceramics / jar / jars / bowl / bowls / pot / "
        "pots / container / containers / vase / vases / آنية / أواني / إناء / فخار / فخاريات / "
        "خزف / جرة / جرار",
        "accessories": "accessory / jewellery / jewelry / ornament / ornaments / "
        "personal adornments / accessories and instruments / bead / beads / ring / rings / حلي / "
        "مجوهرات / خرز / خرزة / خاتم / خواتم / قلادة / قلائد / bijoux",
        "coins": "coin / numismatics / عملة / عملات / عملات معدنية / نقود / مسكوكة / مسكوكات / "
        "monnaie / monnaies / pieces de monnaie / سکه / سکه ها",
    },
    DatePrecision: {
        "day": "exact / exact date / exact day / يوم / اليوم",
        "month": "month only / شهر / الشهر",
        "year": "year only / سنة / عام / السنة",
        "interval": "range / period / between / فترة / مدة",
        "unknown": "undated / not known / n/a / غير معروف / بدون تاريخ / مجهول",
    },
    DateBasis: {
        "event": "date of event / date of seizure / event date / تاريخ الحادث / تاريخ الضبط",
        "reported": "report / date of report / report date / تاريخ الإبلاغ / تاريخ النشر",
        "images": "image / imagery / satellite / satellite imagery / صور فضائية",
        "inferred": "estimated / estimate / تقديري / استنتاج",
        "": "unknown / unstated / not stated / غير معروف / غير مذكور",
    },
    Sensitivity: {
        "none": "not sensitive / 0 / غير حساس",
        "1": "extreme / category 1 / 1 extreme / extreme sensitivity",
        "2": "high / category 2 / 2 high / high sensitivity / عالي",
        "3": "medium / category 3 / 3 medium / medium sensitivity / متوسط",
        "4": "low / category 4 / 4 low / low sensitivity / منخفض",
    },
    SourceClass: {"": "unknown / unstated / not stated / غير معروف"},
    Condition: {
        "Good": "جيدة / bon",
        "Fair": "مقبولة / متوسط",
        "Poor": "سيئ / mauvais",
        "Very Bad": "very poor / tres mauvais",
        "Destroyed": "مدمرة / detruit",
        "Unknown": "غير معروف",
    },
    Certainty: {"Low": "منخفض", "High": "عال", "Definite": "certain"},
    ThreatProbability: {"Probable": "likely"},
    RoadMode: {
        "road": "highway / motorway / طريق / طريق بري / طريق سريع / route",
        "rail": "railway / train / سكة حديد / سكك حديدية",
    },
    Tlp: {
        "TLP:CLEAR": "clear / tlp clear / white / tlp white / tlp:white",
        "TLP:GREEN": "green / tlp green",
        "TLP:AMBER": "amber / tlp amber",
        "TLP:AMBER+STRICT": "amber+strict / amber strict / tlp amber strict / tlp:amber strict / "
        "tlp amber+strict",
        "TLP:RED": "red / tlp red",
    },
}
"""For each closed set: value, and the words for it. Old TLP markings mean their successors."""

_NOTHING = (
    "- / -- / --- / — / – / ? / ?? / ؟ / . / n/a / na / n.a. / n.a / nil / null / none / unknown / "
    "not known / unk / not available / not stated / not specified / undated / n.d. / nd / tbd / "
    "لا يوجد / لا شيء / غير معروف / غير معلوم / غير محدد / غير مذكور / غير متوفر / مجهول / "
    "بدون / بدون تاريخ / لا ينطبق / نامعلوم / نامشخص / ندارد / inconnu / inconnue / neant / "
    "bilinmiyor / yok"
)


def meaning(text: str, allowed: tuple[str, ...]) -> str | None:
    """The value of the closed set that a text means; None if it means none.

    `allowed` are all values of the set, in the order of `geo.model`. Case, accents, the forms of
    Arabic letters and marks between words do not matter.

    >>> meaning("شحن جوي", tuple(mode.value for mode in TransportMode))
    'air cargo'
    """
    return _table(allowed).get(_key(text))


def says_nothing(text: str) -> bool:
    """Whether a cell is filled and says that nothing is known: ``n/a``, ``unknown``, ``-``."""
    return " ".join(fold(text).split()) in _NOTHINGS


@lru_cache(maxsize=100)
def _table(allowed: tuple[str, ...]) -> Mapping[str, str]:
    """Every word for each of these values, as it is compared."""
    lists = (words for kind, words in _WORDS.items() if tuple(one.value for one in kind) == allowed)
    found = {_key(value): value for value in allowed if value}
    for value, words in next(lists, {}).items():
        for word in words.split(" / "):
            found.setdefault(_key(word), value)
    for value in filter(ARABIC.get, allowed):
        found.setdefault(_key(ARABIC[value]), value)
    return MappingProxyType(found)


def _key(text: str) -> str:
    """A text as it is compared: folded, words parted by single spaces."""
    return " ".join(fold(text).translate(_PARTING).split())


_PARTING = str.maketrans(dict.fromkeys("_-/.,;:()+،؛", " "))
_NOTHINGS = frozenset(" ".join(fold(word).split()) for word in _NOTHING.split(" / "))
