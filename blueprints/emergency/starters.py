"""What an emergency broadcast may begin with: what schools most often have to say, in three languages, to be edited."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.emergencies import ALL_CLEAR, CANCELLED
from app.i18n.catalogue import N_


class Starter(NamedTuple):
    """`label` is a message marked with N_; titles and messages are a school's own words, by language code."""

    label: str
    icon: str
    title: dict[str, str]
    message: dict[str, str]

    @property
    def fields(self) -> dict[str, str]:
        """The texts as a form has them."""
        both = (("title", self.title), ("message", self.message))
        return {f"{name}_{code}": text for name, texts in both for code, text in texts.items()}


STARTERS = {
    "lockdown": Starter(
        N_("Lock-down"), "lock",
        {
            "en": "Lock-down at the school: please stay away",
            "af": "Die skool is toegesluit vir veiligheid: bly asseblief weg",
            "zu": "Isikole sivaliwe ngenxa yezokuphepha: sicela ningezi",
        },
        {
            "en": "The school is locked down as a precaution. Learners and staff are inside, behind locked doors, and the "
            "police have been called.\n\nPlease do not come to the school and do not phone: we need the lines. We will "
            "write as soon as the danger is over.",
            "af": "Die skool is as voorsorg toegesluit. Leerders en personeel is binne, agter geslote deure, en die polisie "
            "is gebel.\n\nMoet asseblief nie na die skool kom nie, en moet nie bel nie: ons het die lyne nodig. Ons skryf "
            "sodra die gevaar verby is.",
            "zu": "Isikole sivaliwe ukuze kuvikelwe abantu. Abafundi nabasebenzi bangaphakathi, iminyango ikhiyiwe, futhi "
            "amaphoyisa asebiziwe.\n\nSicela ningezi esikoleni futhi ningashayi ucingo: siyazidinga izingcingo zesikole. "
            "Sizonibhalela ngokushesha uma ingozi isidlulile.",
        },
    ),
    "evacuation": Starter(
        N_("Evacuation"), "log-out",
        {
            "en": "The school is being evacuated",
            "af": "Die skool word ontruim",
            "zu": "Abantu bayakhishwa esikoleni",
        },
        {
            "en": "Everyone is leaving the buildings for the assembly points on the sports field. Registers are being taken "
            "there.\n\nPlease do not come into the grounds. Wait for our next message: it tells you where and when to fetch "
            "your child.",
            "af": "Almal verlaat die geboue en gaan na die versamelpunte op die sportveld. Die registers word daar "
            "ingevul.\n\nMoet asseblief nie op die terrein kom nie. Wag vir ons volgende boodskap: dit sê waar en wanneer u "
            "u kind kan kom haal.",
            "zu": "Bonke bayaphuma ezakhiweni baye ezindaweni zokuhlangana enkundleni yezemidlalo. Amarejista amakwa "
            "khona.\n\nSicela ningangeni egcekeni lesikole. Lindani umlayezo wethu olandelayo: uzonitshela ukuthi nimlanda "
            "kuphi nangasiphi isikhathi umntwana wenu.",
        },
    ),
    "weather": Starter(
        N_("Early closing: weather"), "cloud-lightning",
        {
            "en": "School closes early today because of the weather",
            "af": "Skool sluit vandag vroeg weens die weer",
            "zu": "Isikole sivala kusenesikhathi namuhla ngenxa yesimo sezulu",
        },
        {
            "en": "Dangerous weather is on its way, and school closes early today. The learners wait inside until they are "
            "fetched; nobody is sent home alone.\n\nPlease fetch your child at the main gate as soon as it is safe for you "
            "to travel, or tell the office who will.",
            "af": "Gevaarlike weer is op pad, en die skool sluit vandag vroeg. Die leerders wag binne totdat hulle gehaal "
            "word; niemand word alleen huis toe gestuur nie.\n\nHaal u kind asseblief by die hoofhek sodra dit vir u veilig "
            "is om te ry, of laat weet die kantoor wie dit sal doen.",
            "zu": "Kuza isimo sezulu esiyingozi, ngakho isikole sivala kusenesikhathi namuhla. Abafundi balinda ngaphakathi "
            "baze balandwe; akekho ozothunyelwa ekhaya yedwa.\n\nSicela nilande umntwana wenu esangweni elikhulu uma "
            "sekuphephile ukuhamba, noma nazise ihhovisi ukuthi ubani ozomlanda.",
        },
    ),
    "water": Starter(
        N_("Burst pipe"), "droplets",
        {
            "en": "Burst water pipe: school closes today",
            "af": "Waterpyp het gebars: skool sluit vandag",
            "zu": "Kuqhume ipayipi lamanzi: isikole siyavalwa namuhla",
        },
        {
            "en": "A main water pipe has burst and the school has no running water, so we cannot keep the learners here. "
            "Nobody is in danger.\n\nPlease fetch your child at the main gate, or tell the office who will. We will let you "
            "know whether school is open tomorrow.",
            "af": "’n Hoofwaterpyp het gebars en die skool het nie lopende water nie; ons kan die leerders nie hier hou "
            "nie. Niemand is in gevaar nie.\n\nHaal u kind asseblief by die hoofhek, of laat weet die kantoor wie dit sal "
            "doen. Ons laat weet of die skool môre oop is.",
            "zu": "Kuqhume ipayipi elikhulu lamanzi futhi awekho amanzi esikoleni, ngakho ngeke sikwazi ukugcina abafundi "
            "lapha. Akekho osengozini.\n\nSicela nilande umntwana wenu esangweni elikhulu, noma nazise ihhovisi ukuthi "
            "ubani ozomlanda. Sizonazisa ukuthi isikole sivuliwe yini kusasa.",
        },
    ),
    "drill": Starter(
        N_("Practice drill"), "clipboard-check",
        {
            "en": "Practice: evacuation drill at the school",
            "af": "Oefening: ontruimingsoefening by die skool",
            "zu": "Ukuzijwayeza: ukukhishwa kwabantu esikoleni",
        },
        {
            "en": "This is a practice. The school is rehearsing how it evacuates its buildings, and everything is in "
            "order.\n\nPlease open this message and confirm that you have seen it, so that we know whom we reach. There is "
            "nothing else to do.",
            "af": "Dit is ’n oefening. Die skool oefen hoe om sy geboue te ontruim, en alles is in orde.\n\nMaak asseblief "
            "hierdie boodskap oop en bevestig dat u dit gesien het, sodat ons weet wie ons bereik. U hoef niks anders te "
            "doen nie.",
            "zu": "Lokhu ukuzijwayeza nje. Isikole sizijwayeza ukuphuma ezakhiweni uma kunengozi, futhi konke kuhamba "
            "kahle.\n\nSicela nivule lo mlayezo niqinisekise ukuthi niwubonile, ukuze sazi ukuthi sifinyelela kobani. "
            "Akukho okunye okumele nikwenze.",
        },
    ),
}  # fmt: skip
#: how an emergency ends -> what everybody who was told of it is told then
ENDS = {
    ALL_CLEAR: Starter(
        N_("The danger is over"), "shield-check",
        {
            "en": "The emergency is over",
            "af": "Die noodgeval is verby",
            "zu": "Isimo esiphuthumayo sesiphelile",
        },
        {
            "en": "The danger is over. Thank you for your patience.\n\nLearners are fetched and lessons go on as usual, "
            "unless we have told you otherwise.",
            "af": "Die gevaar is verby. Dankie vir u geduld.\n\nLeerders word gehaal en lesse gaan voort soos gewoonlik, "
            "tensy ons u anders laat weet het.",
            "zu": "Ingozi isidlulile. Siyabonga ngokubekezela kwenu.\n\nAbafundi bayalandwa futhi izifundo ziyaqhubeka "
            "njengokujwayelekile, ngaphandle uma sinazise okunye.",
        },
    ),
    CANCELLED: Starter(
        N_("It was a false alarm"), "circle-off",
        {
            "en": "False alarm: there is no emergency",
            "af": "Vals alarm: daar is geen noodgeval nie",
            "zu": "Bekuyiphutha: asikho isimo esiphuthumayo",
        },
        {
            "en": "The emergency broadcast that we sent you was a false alarm. There is no danger, and there is nothing "
            "that you need to do.\n\nWe are sorry for the fright.",
            "af": "Die nooduitsending wat ons aan u gestuur het, was ’n vals alarm. Daar is geen gevaar nie, en u hoef niks "
            "te doen nie.\n\nOns is jammer vir die skrik.",
            "zu": "Isaziso esiphuthumayo esinithumelele sona besiyiphutha. Ayikho ingozi, futhi akukho okumele "
            "nikwenze.\n\nSiyaxolisa ngokunethusa.",
        },
    ),
}  # fmt: skip
