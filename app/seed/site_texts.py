"""What stands on the websites of the demo schools: pages and blocks, before any of it is a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.site.blocks import KINDS
from app.domain.site.looks import TEMPLATES
from app.models.user import Role
from app.seed.plans import SchoolPlan

Texts = dict[str, str]
#: key of a picture -> what it is called, and what is on it
PICTURES: Mapping[str, tuple[str, Texts]] = {
    "school": (
        "The school and the mountain",
        {
            "en": "The school buildings in the morning, with the mountain behind them",
            "af": "Die skoolgeboue in die oggend, met die berg agter hulle",
            "zu": "Izakhiwo zesikole ekuseni, intaba ingemuva kwazo",
        },
    ),
    "classroom": (
        "A classroom",
        {
            "en": "A classroom with desks in rows and sums on the board",
            "af": "’n Klaskamer met banke in rye en somme op die bord",
            "zu": "Igumbi lokufundela elinamadeski ahlelekile nezibalo ebhodini",
        },
    ),
    "garden": (
        "The vegetable garden",
        {
            "en": "Rows of vegetables in the school garden under a big tree",
            "af": "Rye groente in die skooltuin onder ’n groot boom",
            "zu": "Imigqa yemifino engadini yesikole ngaphansi kwesihlahla esikhulu",
        },
    ),
}  # fmt: skip


def thaba(plan: SchoolPlan, pictures: Mapping[str, str], version: int) -> dict[str, Any]:
    """The website of Thaba Nkulu as it was published as a version, 1 to 3; 4 is the draft. `pictures` are ids by key."""
    hero = _block(
        "hero", "opening", picture=pictures["school"], target="page:contact",
        heading={
            "en": "Welcome to Thaba Nkulu Primary",
            "zu": "Siyakwamukela eThaba Nkulu Primary",
            "af": "Welkom by Thaba Nkulu Primary",
        },
        text={
            "en": "A public primary school at the foot of the mountain. Every child is known by name.",
            "zu": "Isikole samabanga aphansi sikahulumeni esisezansi kwentaba. Ingane ngayinye yaziwa ngegama layo.",
            "af": "’n Openbare laerskool aan die voet van die berg. Elke kind word op die naam geken.",
        } if version < 4 else {
            "en": "A public primary school at the foot of the mountain. Every child is known by name, and every "
            "morning begins with a song.",
            "zu": "Isikole samabanga aphansi sikahulumeni esisezansi kwentaba. Ingane ngayinye yaziwa ngegama layo, "
            "futhi usuku luqala ngeculo.",
            "af": "’n Openbare laerskool aan die voet van die berg. Elke kind word op die naam geken, en elke oggend "
            "begin met ’n lied.",
        },
        button={"en": "Visit us", "zu": "Sivakashele", "af": "Besoek ons"},
    )  # fmt: skip
    day = _block(
        "text", "day",
        heading={"en": "A day at school", "zu": "Usuku esikoleni", "af": "’n Dag by die skool"},
        text={
            "en": "The gate opens at **07:00**, lessons begin at **07:45** and end at **14:00**.\n\n"
            "- Breakfast and lunch are cooked at school.\n- Homework is done in the hall until 16:00, if you like.\n"
            "- The school bus leaves at 14:15.",
            "zu": "Isango livulwa ngo-**07:00**, izifundo ziqala ngo-**07:45** ziphele ngo-**14:00**.\n\n"
            "- Isidlo sasekuseni nesasemini siphekwa esikoleni.\n- Umsebenzi wesikole wenziwa ehholo kuze kube "
            "ngu-16:00, uma uthanda.\n"
            "- Ibhasi lesikole lihamba ngo-14:15.",
            "af": "Die hek maak om **07:00** oop, lesse begin om **07:45** en eindig om **14:00**.\n\n"
            "- Ontbyt en middagete word by die skool gekook.\n- Huiswerk word tot 16:00 in die saal gedoen, as u wil.\n"
            "- Die skoolbus vertrek om 14:15.",
        },
    )  # fmt: skip
    notices = _block("notices", "notices", heading={"en": "Notices", "zu": "Izaziso", "af": "Kennisgewings"}, most=3)
    events = _block("events", "events", heading={"en": "What comes next", "zu": "Okuzayo", "af": "Wat volgende kom"}, most=4)
    reviews = _block(
        "reviews", "reviews", most=3,
        heading={"en": "What families say", "zu": "Okushiwo yimindeni", "af": "Wat gesinne sê"},
    )  # fmt: skip
    home = _page(
        "home", "", {"en": "Home", "zu": "Ikhasi eliyisiqalo", "af": "Tuis"},
        *([hero, day] if version == 1 else [hero, day, notices, events]), *([reviews] if version > 2 else []),
    )  # fmt: skip
    about = _page(
        "about", "about", {"en": "About us", "zu": "Ngathi", "af": "Oor ons"},
        _block(
            "text", "story",
            heading={"en": "Our school", "zu": "Isikole sethu", "af": "Ons skool"},
            text={
                "en": "Parents built the first two classrooms in 1961 with stones from the river. Today there are "
                "eleven, a library "
                "and a hall. We teach in isiZulu in the first three grades, and in English from Grade 4.",
                "zu": "Abazali bakha amagumbi amabili okuqala ngo-1961 ngamatshe asemfuleni. Namuhla alishumi nanye, kukhona "
                "nomtapo wezincwadi nehholo. Sifundisa ngesiZulu emabangeni amathathu okuqala, nangesiNgisi kusukela "
                "eBangeni lesi-4.",
                "af": "Ouers het in 1961 die eerste twee klaskamers met klippe uit die rivier gebou. Vandag is daar "
                "elf, ’n biblioteek "
                "en ’n saal. Ons gee in die eerste drie grade in isiZulu onderrig, en van Graad 4 af in Engels.",
            },
        ),
        _block(
            "picture", "classroom", picture=pictures["classroom"],
            caption={"en": "Mathematics in Grade 5.", "zu": "Izibalo eBangeni lesi-5.", "af": "Wiskunde in Graad 5."},
        ),
        _block(
            "text", "garden-words", level="3",
            heading={"en": "The garden", "zu": "Ingadi", "af": "Die tuin"},
            text={
                "en": "Each class looks after a bed of its own. What grows there is cooked in the school kitchen.",
                "zu": "Ikilasi ngalinye linakekela umbhede walo. Okukhula lapho kuphekwa ekhishini lesikole.",
                "af": "Elke klas versorg sy eie bedding. Wat daar groei, word in die skoolkombuis gekook.",
            },
        ),
        _block("picture", "garden", picture=pictures["garden"], size="wide"),
        _block(
            "staff", "staff",
            heading={"en": "Whom to ask", "zu": "Ongabuza kubo", "af": "Wie om te vra"},
            people=[
                _person(plan.accounts[Role.OWNER], {"en": "Principal", "zu": "Uthishanhloko", "af": "Skoolhoof"}),
                _person(plan.accounts[Role.ADMIN], {"en": "School office", "zu": "Ihhovisi lesikole", "af": "Skoolkantoor"}),
                _person(plan.accounts[Role.TEACHER], {"en": "Teacher", "zu": "Uthisha", "af": "Onderwyser"}),
            ],
        ),
    )  # fmt: skip
    classes = _page(
        "classes", "classes", {"en": "Classes", "zu": "Amakilasi", "af": "Klasse"},
        _block(
            "classes", "timetable", which="register",
            heading={"en": "Our classes", "zu": "Amakilasi ethu", "af": "Ons klasse"},
            intro={
                "en": "Classes are small enough that every teacher knows every family.",
                "zu": "Amakilasi mancane ngokwanele ukuthi wonke uthisha azi yonke imindeni.",
                "af": "Klasse is klein genoeg dat elke onderwyser elke gesin ken.",
            },
        ),
    )  # fmt: skip
    pages = {1: [home], 2: [home, about], 3: [home, about, classes], 4: [home, about, classes]}[version]
    return _site(
        "bands", "fynbos", ["zu", "en", "af"], plan.name,
        {
            "en": "A public primary school at the foot of the mountain in KwaZulu-Natal.",
            "zu": "Isikole samabanga aphansi sikahulumeni esisezansi kwentaba KwaZulu-Natali.",
            "af": "’n Openbare laerskool aan die voet van die berg in KwaZulu-Natal.",
        },
        [*pages, _contact(plan)],
    )  # fmt: skip


def karoo(plan: SchoolPlan) -> dict[str, Any]:
    """The website of Laerskool Karoo: a home with little on it, and where to find the school."""
    home = _page(
        "home", "", {"af": "Tuis", "en": "Home"},
        _block(
            "hero", "opening", target="page:contact",
            heading={"af": "Laerskool Karoo", "en": "Laerskool Karoo"},
            text={
                "af": "’n Skool met baie ruimte, en tyd vir elke kind.",
                "en": "A school with a lot of space, and time for every child.",
            },
            button={"af": "Kontak ons", "en": "Contact us"},
        ),
        _block("events", "events", heading={"af": "Geleenthede", "en": "Events"}),
    )  # fmt: skip
    about = {"af": "’n Laerskool in die Karoo.", "en": "A primary school in the Karoo."}
    contact = _contact(plan)
    return _site("classic", "atlantic", ["af", "en"], plan.name, about, [home, contact])


def _contact(plan: SchoolPlan) -> dict[str, Any]:
    return _page(
        "contact", "contact", {"en": "Contact us", "zu": "Xhumana nathi", "af": "Kontak ons"},
        _block(
            "contact", "reach",
            heading={"en": "How to reach us", "zu": "Ungasithola kanjani", "af": "Hoe om ons te bereik"},
            hours={
                "en": "The office is open from Monday to Friday, 07:30 to 15:00.",
                "zu": "Ihhovisi livuliwe kusukela ngoMsombuluko kuya ngoLwesihlanu, ngo-07:30 kuze kube ngu-15:00.",
                "af": "Die kantoor is Maandag tot Vrydag oop, 07:30 tot 15:00.",
            },
        ),
        _block(
            "map", "map", address=plan.contact_address, target="https://www.openstreetmap.org/#map=15/-28.7/29.3",
            heading={"en": "Where we are", "zu": "Lapho sikhona", "af": "Waar ons is"},
        ),
        _block(
            "lead_form", "ask",
            heading={"en": "Ask us", "zu": "Sibuze", "af": "Vra ons"},
            intro={
                "en": "Ask about a place, a visit or anything else. We answer within two school days.",
                "zu": "Buza ngesikhala, ngokuvakasha noma nganoma yini enye. Siphendula zingakapheli izinsuku "
                "ezimbili zesikole.",
                "af": "Vra oor ’n plek, ’n besoek of enigiets anders. Ons antwoord binne twee skooldae.",
            },
        ),
    )  # fmt: skip


def _block(kind: str, key: str, **content: Any) -> dict[str, Any]:
    return {"key": key.replace("-", ""), "kind": kind, "content": KINDS[kind].empty() | content}


def _person(name: str, role: Texts) -> dict[str, Any]:
    return {"name": name, "role": role, "picture": ""}


def _page(key: str, slug: str, title: Texts, *blocks: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "slug": slug, "title": title, "blocks": list(blocks)}


def _site(
    template: str, theme: str, languages: list[str], name: str, description: Texts, pages: list[dict[str, Any]]
) -> dict[str, Any]:  # fmt: skip
    return {
        "template": template, "options": TEMPLATES[template].defaults, "theme": theme, "languages": languages,
        "title": dict.fromkeys(languages, name), "description": description, "pages": pages,
    }  # fmt: skip
