"""What columns and countries are called in the tables that partners send, as lists of names.

English and Arabic throughout, French, Turkish and Persian where the word is common; the columns of
CITES annual illegal trade reports (guidelines SC71, Geneva 2019), of EAMENA's exports from Arches
(Heritage Place resource model) and of Object ID (ICOM) as published. The names of seizure tables
"as in the WCO's CEN" are a draft of this project: the field list of CEN is not public.

Names are separated by ``|`` and written as people write them;
`geo.sources.meaning.vocabulary` folds them.
"""

from __future__ import annotations

COMMON = {
    "id": "identifier | record id | unique id | uid | uuid | resourceid | resource id | fid"
    " | المعرف | رقم القيد | رقم السجل | الرقم المرجعي",
    "lon": "longitude | long | lng | x | lon wgs84 | point x | decimal longitude"
    " | خط الطول | الطول | طول جغرافي | boylam | طول جغرافیایی",
    "lat": "latitude | y | lat wgs84 | point y | decimal latitude"
    " | خط العرض | العرض | دائرة العرض | enlem | عرض جغرافیایی",
    "coordinates": "coordinate | coords | gps | gps coordinates | lat lon | lat long | lon lat"
    " | latitude longitude | geo coordinates | position | الإحداثيات | احداثيات | إحداثيات الموقع"
    " | coordonnées | koordinat | koordinatlar | مختصات",
    "mgrs": "mgrs grid | grid reference | military grid | usng | المرجع الشبكي",
    "utm_easting": "easting | utm e | utm x | utm east | e utm | شرقيات | الشرقيات",
    "utm_northing": "northing | utm n | utm y | utm north | n utm | شماليات | الشماليات",
    "utm_zone": "zone | utm zone | grid zone | المنطقة utm",
    "shape": "wkt | geometry | geom | the geom | geometry wkt | shape wkt"
    " | geometric place expression",
    "precision": "location precision | coordinate precision | دقة الموقع",
    "date": "day | التاريخ | تاريخ | tarih | fecha",
    "date_from": "from date | start date | date start | start | من تاريخ | تاريخ البداية",
    "date_to": "to date | end date | date end | end | إلى تاريخ | حتى تاريخ | تاريخ النهاية",
    "source": "source of information | information source | data source | reported by"
    " | المصدر | مصدر المعلومة | مصدر المعلومات | kaynak | منبع",
    "source_url": "url | link | web link | source link | source url | website | الرابط",
    "grade": "admiralty grade | admiralty code | evaluation grade",
    "marking": "tlp | handling | traffic light protocol",
    "licence": "license | terms of use",
    "owner": "data owner | organisation | organization | المنظمة",
    "note": "notes | remark | remarks | comment | comments | observations | other"
    " | ملاحظات | الملاحظات | ملاحظة | remarques | notlar | ملاحظات أخرى",
}
"""Field to names of its columns in tables of any kind."""

_CASE = (
    "case id | case no | case number | case ref | case reference | file number | file no"
    " | dossier | رقم القضية | رقم الدعوى | رقم الملف | dosya no | numéro de dossier | شماره پرونده"
)

_SEIZURES = {
    "id": "seizure id | seizure no | seizure number | seizure reference | incident id | incident no"
    " | incident number | report id | report no | report number | cen number | cen id"
    " | رقم الضبط | رقم الضبطية | رقم المحضر | رقم الحادث | رقم البلاغ",
    "case_key": _CASE,
    "event_type": "type of event | event | incident type | type of incident | kind of event"
    " | نوع الحدث | نوع الواقعة | نوع العملية",
    "country": "country of seizure | seizure country | country of incident | country of discovery"
    " | reporting country | country name | الدولة | البلد | بلد الضبط | دولة الضبط | pays"
    " | pays de saisie | ülke | کشور",
    "place": "location | location of incident | place of seizure | location of seizure | city"
    " | seizure location | seizure place | place of discovery | place of incident | town"
    " | point of seizure | customs office | office | border crossing | border post | checkpoint"
    " | crossing point | port | المكان | الموقع | مكان الضبط | موقع الضبط | محل الضبط | المنفذ"
    " | المنفذ الحدودي | المعبر | نقطة التفتيش | المدينة | مكان الحادث | lieu | lieu de saisie"
    " | yer | yakalama yeri | محل کشف",
    "date": "date of seizure | seizure date | date of incident | incident date | date of discovery"
    " | date seized | seized on | detection date | event date | تاريخ الضبط | تاريخ الضبطية"
    " | تاريخ الحادث | تاريخ الواقعة | date de saisie | date de la saisie | yakalama tarihi"
    " | تاریخ | تاریخ کشف",
    "agency": "detecting agency | detecting service | seizing agency | seizing authority"
    " | authority | reporting agency | service | department | seized by | enforcement agency"
    " | الجهة | الجهة الضابطة | جهة الضبط | الدائرة | السلطة | القائم بالضبط | autorité | kurum",
    "quantity": "qty | number of objects | no of objects | number of items | no of items"
    " | number of pieces | pieces | items | total quantity | count | how many | object number"
    " | عدد القطع | العدد | الكمية | عدد القطع الأثرية | عدد المضبوطات | quantité"
    " | nombre d'objets | adet | miktar | تعداد",
    "object_types": "object | objects | type of object | type of objects | object type"
    " | items seized"
    " | description of specimen | species | commodity | goods | goods description"
    " | description of goods | category of goods | type of goods | seized objects | artefacts"
    " | artifacts | antiquities | المضبوطات | القطع | نوع القطع | نوع القطعة | القطع المضبوطة"
    " | نوع الآثار | الآثار | وصف القطع | وصف المضبوطات | objets | nature des objets | eserler"
    " | eser türü | اشیاء",
    "object_classes": "red list category | red list categories | icom category",
    "description": "details | summary | narrative | circumstances | additional information | facts"
    " | case summary | الوصف | التفاصيل | الملخص | ملخص الواقعة | معلومات إضافية | açıklama | شرح"
    " | تفاصيل الضبط",
    "claimed_origin": "alleged country of origin | country of origin | origin | alleged origin"
    " | origin country | بلد المنشأ | المنشأ | دولة المنشأ | بلد الأصل | pays d'origine"
    " | menşe ülke",
    "transit": "country ies of transit | countries of transit | country of transit"
    " | transit countries | transit country | alleged transit | route | بلد العبور | دول العبور"
    " | بلدان العبور",
    "destination": "alleged final destination | final destination | country of destination"
    " | destination country | alleged destination | الوجهة | الوجهة النهائية | بلد المقصد"
    " | بلد الوصول | pays de destination | varış ülkesi",
    "transport": "mode of transport | mode | means of transport | transport mode type | conveyance"
    " | transportation | means of conveyance | transport type | وسيلة النقل | طريقة النقل"
    " | واسطة النقل | moyen de transport | taşıma şekli",
    "concealment": "method of concealment | concealment method | place of concealment"
    " | how concealed | طريقة الإخفاء | وسيلة الإخفاء | مكان الإخفاء | mode de dissimulation",
    "detection_method": "method of detection | how detected | means of detection"
    " | طريقة الكشف | وسيلة الكشف | طريقة الضبط",
    "outcome": "disposal of confiscated specimens | disposal | result | current status"
    " | present location | المصير | النتيجة | مصير المضبوطات",
    "note": "reason for seizure | law under which charges were brought | sanction | penalty"
    " | nationality of offenders | nationality | offenders | number of offenders | charges"
    " | estimated value in country | estimated value | value | currency | unit | units"
    " | quantity unit | سبب الضبط | القيمة | القيمة التقديرية | الجنسية | العقوبة | الوحدة"
    " | country of departure | departure | customs regime | direction",
}

_EVENTS = {
    "id": "event id | event no | report id | report no | incident id | رقم البلاغ",
    "site_name": "site | place | location | heritage place | name of site | archaeological site"
    " | الموقع | اسم الموقع | الموقع الأثري | site adı",
    "site_id": "site no | site number | eamena id | رقم الموقع",
    "event_type": "event | type of event | incident | incident type | type of damage | damage type"
    " | disturbance | نوع الحدث | نوع الضرر | نوع الاعتداء",
    "date": "date of event | event date | date of incident | date observed | observation date"
    " | تاريخ الحدث | تاريخ المشاهدة | تاريخ الكشف | assessment activity date",
    "description": "details | summary | narrative | الوصف | التفاصيل | ما حدث",
    "country": "country type | الدولة | البلد | pays | ülke | کشور",
}

_SITES = {
    "id": "site id | site no | site number | pleiades id | رقم الموقع | الرقم",
    "names": "resource name | site names | names",
    "name": "site | site name | name of site | place name | english name | monument | title"
    " | اسم الموقع | الموقع | الاسم | nom | nom du site | ad | site adı | نام",
    "name_ar": "arabic name | name arabic | name in arabic | الاسم بالعربية | الاسم العربي",
    "alt_names": "other names | alternative names | alternative name | aliases | also known as"
    " | أسماء أخرى | الاسم المحلي",
    "country": "country type | الدولة | البلد | pays | ülke | کشور",
    "kind": "type | site type | type of site | heritage place type | category | class"
    " | نوع الموقع | النوع | تصنيف الموقع",
    "period": "periods | cultural period type | culture | date or period | dating | chronology"
    " | الفترة | العصر | الحقبة | الفترة الزمنية | dönem | دوره",
    "designation": "status | protection | heritage status | الحماية",
    "buffer_m": "buffer | radius | radius m | buffer metres",
    "shape": "footprint | outline | polygon",
    "note": "eamena id | general description | heritage place function | location certainty"
    " | overall condition state type | condition | damage extent type | threat cause type"
    " | disturbance cause type | disturbance cause category type | effect type | grid id"
    " | administrative division | address | description | الوصف | الحالة | المحافظة | القضاء"
    " | الناحية | governorate | province | district",
}

_POSTS = {
    "id": "post id | post no | code",
    "name": "post | post name | border post | border crossing | crossing | crossing point"
    " | checkpoint | port | airport | اسم المنفذ | المنفذ | المعبر | اسم المعبر | الاسم",
    "name_ar": "arabic name | name arabic | name in arabic | الاسم بالعربية",
    "country": "الدولة | البلد | pays | ülke | کشور",
    "kind": "type | type of post | crossing type | post type | نوع المنفذ | النوع",
    "facing_name": "opposite post | other side | counterpart | المنفذ المقابل",
    "facing_country": "neighbour | neighbor | neighbouring country | opposite country"
    " | الدولة المجاورة | الدولة المقابلة",
    "status_text": "status | state | open | الحالة | حالة المنفذ",
    "note": "description | الوصف",
}

_ROADS = {
    "id": "road id | link id",
    "from_name": "from | start place | origin | من",
    "to_name": "to | end place | destination | إلى",
    "mode": "type | kind",
    "road_ref": "road | road number | ref | الطريق | رقم الطريق",
    "road_class": "class",
    "route_km": "length | length km | distance km",
    "note": "description",
}

_OBJECTS = {
    "id": "object id | object no | object number | item id | item no | item number | exhibit no"
    " | رقم القطعة | رقم المادة",
    "seizure_id": f"seizure | seizure no | seizure number | رقم الضبط | رقم الضبطية | {_CASE}",
    "object_type": "type of object | object | type | object name | classification | item"
    " | نوع القطعة | القطعة | النوع | اسم القطعة | type d'objet | eser türü",
    "object_classes": "red list category | red list categories | icom category",
    "title": "object title | العنوان",
    "materials": "material | materials and techniques | materials techniques | technique | medium"
    " | المادة | مادة الصنع | الخامة | matériau | malzeme | جنس",
    "measurements": "measurement | dimensions | size | القياسات | الأبعاد | القياس | ölçüler"
    " | dimensions cm",
    "inscriptions": "inscription | inscriptions and markings | inscriptions markings | markings"
    " | marks | النقوش | الكتابات | الكتابة | العلامات",
    "period": "date or period | date period | age | culture | dating | الفترة | العصر | الحقبة"
    " | التأريخ | dönem | دوره",
    "maker": "artist | artist maker | author | الصانع | الفنان",
    "subject": "motif | iconography | الموضوع",
    "distinguishing_features": "distinguishing feature | features | distinguishing marks"
    " | condition | السمات المميزة | العلامات المميزة",
    "description": "details | الوصف | وصف القطعة | التفاصيل",
    "inventory_number": "inventory no | inventory | inv no | museum number | museum no"
    " | accession number | رقم الجرد | الرقم المتحفي | الرقم الجردي",
    "place_of_origin": "origin | place of origin discovery | findspot | find spot | provenance"
    " | provenience | مكان العثور | مكان الاكتشاف | المنشأ",
    "related_material": "related written material | bibliography | literature | المراجع",
    "cross_reference": "cross reference to related objects | related objects",
    "quantity": "qty | pieces | number of pieces | count | العدد | الكمية | عدد القطع | adet",
    "note": "date documented | photograph | photographs | photo | image | الصورة",
}

_CUSTODY = {
    "id": "event id | transfer id | receipt id",
    "seizure_id": f"seizure | seizure no | seizure number | رقم الضبط | {_CASE}",
    "event_type": "event | action | step | transaction | نوع الحركة | الإجراء",
    "object_id": "object | object no | item no | رقم القطعة",
    "from_party": "from | handed over by | delivered by | giver | المسلم | من | الجهة المسلمة",
    "to_party": "to | received by | recipient | holder | المستلم | إلى | الجهة المستلمة",
    "storage_place": "storage | store | location | stored at | place of storage | مكان الحفظ"
    " | المخزن | مكان الخزن",
    "condition": "state | الحالة",
    "reference": "receipt | receipt no | protocol no | document no | رقم المحضر | رقم الوصل",
    "description": "reason | details | السبب | التفاصيل",
    "date": "date of transfer | transfer date | تاريخ التسليم | تاريخ الاستلام",
}

_LINKS = {
    "id": "link id",
    "first_id": "first | record 1 | from id",
    "second_id": "second | record 2 | to id",
    "relation": "link type | type",
    "grounds": "reason | why | السبب",
}

_STOLEN = {
    "id": "entry id",
    "reference": "reference no | reference number | interpol reference | interpol number | ref"
    " | register number | file number | object reference | رقم المرجع | الرقم المرجعي",
    "object_type": "type of object | object | type | item | category | نوع القطعة | القطعة | النوع",
    "title": "object title | العنوان",
    "materials": "material | materials and techniques | technique | medium | المادة",
    "measurements": "dimensions | size | القياسات | الأبعاد",
    "inscriptions": "inscription | inscriptions and markings | marks | markings | signature"
    " | inventory number | museum number | النقوش | رقم المتحف",
    "period": "date or period | date period | culture | الفترة | العصر",
    "maker": "artist | author | artist maker | الفنان",
    "description": "details | distinguishing features | الوصف",
    "country": "country of theft | theft country | stolen in | بلد السرقة | الدولة | البلد",
    "stolen_from": "place of theft | theft place | museum | institution | owner name"
    " | stolen from institution | مكان السرقة | المتحف",
    "date": "date of theft | theft date | stolen on | date stolen | تاريخ السرقة",
}

_ASSESSMENTS = {
    "id": "assessment id | assessment no | assessment number",
    "site_id": "resourceid | resource id | site | site no | site number | eamena id | رقم الموقع",
    "condition": "overall condition | overall condition state | overall condition state type"
    " | condition state | حالة الموقع | الحالة العامة",
    "damage_extent": "damage extent type | extent of damage | نسبة الضرر",
    "certainty": "disturbance cause certainty",
    "disturbance_category": "disturbance cause category type",
    "disturbance_cause": "disturbance cause type | سبب الضرر",
    "disturbance_effects": "effect type | disturbance effect | effects | أثر الضرر",
    "action_priority": "priority type | priority | الأولوية",
    "activity": "assessment activity type | assessment type | نوع التقييم",
    "assessed_by": "assessor | assessor name | assessment investigator actor"
    " | disturbance cause assignment assessor name | المقيم",
    "assessed_on": "assessment activity date | assessment date | date of assessment"
    " | تاريخ التقييم",
    "date_from": "disturbance date from",
    "date_to": "disturbance date to",
    "note": "resource name | site name | remarks on condition",
}

NAMES = {
    "sites": _SITES, "posts": _POSTS, "seizures": _SEIZURES, "events": _EVENTS, "roads": _ROADS,
    "objects": _OBJECTS, "custody": _CUSTODY, "links": _LINKS, "stolen": _STOLEN,
    "assessments": _ASSESSMENTS,
}  # fmt: skip
"""Kind to field to names of its columns; they come before those of `COMMON`."""

CITES_COLUMNS = (
    "species", "description of specimen", "quantity", "unit", "location of incident",
    "detecting agency", "reason for seizure", "method of detection", "mode of transport",
    "method of concealment", "alleged country of origin", "country(ies) of transit",
    "alleged final destination", "nationality of offenders",
    "law under which charges were brought", "sanction", "disposal of confiscated specimens",
    "estimated value in country", "additional information",
)  # fmt: skip
"""Columns of the CITES annual illegal trade report, as a person would find them."""

ARCHES_COLUMNS = (
    "resourceid", "EAMENA ID", "Resource Name", "Geometric Place Expression", "Country Type",
    "Heritage Place Type", "Heritage Place Function", "Cultural Period Type",
    "Overall Condition State Type", "Location Certainty", "Designation", "Grid ID",
    "General Description", "Administrative Division", "Disturbance Cause Type",
    "Assessment Activity Date",
)  # fmt: skip
"""Nodes of EAMENA's Heritage Place model that an export from Arches names its columns by."""

CEN_COLUMNS = (
    "seizure date", "reporting country", "detecting service", "means of transport",
    "country of departure", "country of destination", "country of origin", "customs office",
    "method of detection", "concealment", "goods description", "number of items",
    "place of concealment", "direction", "customs regime",
)  # fmt: skip
"""Columns of customs seizure tables, drafted for this project."""

SERIAL_COLUMNS = (
    "no | number | nr | s no | s n | sn | serial | serial no | row | row no | index | م | ت"
)
SERIAL_COLUMNS += " | رقم | الرقم | التسلسل | مسلسل | الرقم التسلسلي | ردیف | sira | sira no"
"""Names of columns that only number the rows of a list."""

COUNTRIES = {
    "Iraq": "IQ | IRQ | العراق | جمهورية العراق | Republic of Iraq | Irak | عراق",
    "Syria": "SY | SYR | سوريا | سورية | Syrian Arab Republic | Syrie | Suriye | سوریه",
    "Turkey": "TR | TUR | تركيا | Türkiye | Turkiye | Turquie | ترکیه",
    "Iran": "IR | IRN | إيران | Islamic Republic of Iran | Iran (Islamic Republic of) | ایران",
    "Jordan": "JO | JOR | الأردن | Jordanie | Ürdün | اردن",
    "Lebanon": "LB | LBN | لبنان | Liban | Lübnan",
    "Kuwait": "KW | KWT | الكويت | Koweït | Kuveyt | کویت",
    "Saudi Arabia": "SA | SAU | السعودية | المملكة العربية السعودية | KSA | Arabie saoudite",
    "Israel": "IL | ISR | إسرائيل | Israël",
    "Palestine": "PS | PSE | فلسطين | State of Palestine | Palestine, State of",
    "Egypt": "EG | EGY | مصر | جمهورية مصر العربية | Égypte | Mısır",
    "Qatar": "QA | QAT | قطر | Katar",
    "Bahrain": "BH | BHR | البحرين | Bahreïn",
    "United Arab Emirates": "AE | ARE | UAE | الإمارات | الإمارات العربية المتحدة | Emirates",
    "Oman": "OM | OMN | عمان | سلطنة عمان",
    "Yemen": "YE | YEM | اليمن | Yémen",
    "Libya": "LY | LBY | ليبيا | Libye",
    "Cyprus": "CY | CYP | قبرص | Chypre",
    "Afghanistan": "AF | AFG | أفغانستان",
    "Germany": "DE | DEU | ألمانيا | Allemagne | Almanya | Deutschland",
    "France": "FR | FRA | فرنسا | Fransa",
    "Italy": "IT | ITA | إيطاليا | Italie | İtalya | Italia",
    "Spain": "ES | ESP | إسبانيا | Espagne | İspanya",
    "Netherlands": "NL | NLD | هولندا | The Netherlands | Pays-Bas | Hollanda",
    "Switzerland": "CH | CHE | سويسرا | Suisse | İsviçre",
    "United Kingdom": "GB | GBR | UK | بريطانيا | المملكة المتحدة | Royaume-Uni | İngiltere",
    "United States": "US | USA | أمريكا | الولايات المتحدة | الولايات المتحدة الأمريكية"
    " | United States of America | États-Unis | ABD",
}
"""Countries of the region and of the market by their other names: ISO 3166-1 codes, Arabic, French,
Turkish and Persian; the English names are those of the embedded facts."""
