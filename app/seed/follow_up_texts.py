"""The templates of Thaba Nkulu: what it writes at each stage, in its languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.models.follow_up import Occasion
from app.models.lead import Stage

_GREETING = {"en": "Kind regards\n{sender}", "af": "Vriendelike groete\n{sender}", "zu": "Ozithobayo\n{sender}"}


class TemplatePlan(NamedTuple):
    """A template by its key; the greeting at its end is everywhere the same."""

    key: str
    name: str
    occasion: Occasion
    stage: Stage | None
    days: int
    subject: Mapping[str, str]
    text: Mapping[str, str]
    is_active: bool = True

    @property
    def body(self) -> dict[str, str]:
        """The whole text by language."""
        return {code: f"{text}\n\n{_GREETING[code]}" for code, text in self.text.items()}


PLANS = (
    TemplatePlan(
        "new", "First answer", Occasion.STAGE, Stage.NEW, 0,
        {
            "en": "Thank you for asking about {school}",
            "af": "Dankie vir u navraag by {school}",
            "zu": "Siyabonga ngombuzo wakho: {school}",
        },
        {
            "en": "Dear {name}\n\nThank you for asking about a place for {child}. We read every message ourselves and"
            " phone you within two school days.\n\nIf anything changes until then, you reach us on {phone}.",
            "af": "Geagte {name}\n\nDankie dat u navraag gedoen het oor ’n plek vir {child}. Ons lees elke boodskap"
            " self en bel u binne twee skooldae.\n\nAs iets intussen verander, bel ons gerus by {phone}.",
            "zu": "Sawubona {name}\n\nSiyabonga ngokubuza ngesikhala esikoleni sethu ({child}). Sifunda yonke imilayezo"
            " thina uqobo, futhi sizokushayela ucingo zingakapheli izinsuku ezimbili zesikole.\n\nUma kukhona"
            " okushintshayo, sishayele ku-{phone}.",
        },
    ),
    TemplatePlan(
        "contacted", "After the first call", Occasion.STAGE, Stage.CONTACTED, 0,
        {"en": "What happens next", "af": "Wat nou volg", "zu": "Okulandelayo"},
        {
            "en": "Dear {name}\n\nIt was good to hear from you. You are welcome to see the school with {child}: phone"
            " us on {phone} for a day that suits you.\n\nIf another family asks you about us, this is our form: {form}",
            "af": "Geagte {name}\n\nDit was goed om van u te hoor. U is welkom om die skool saam met {child} te kom"
            " sien: bel ons by {phone} vir ’n dag wat u pas.\n\nAs ’n ander gesin u oor ons vra, is dit ons vorm:"
            " {form}",
            "zu": "Sawubona {name}\n\nKube kuhle ukuzwa kuwe. Wamukelekile ukuzobona isikole ({child}): sishayele"
            " ku-{phone} ukuze sibeke usuku olukulungele.\n\nUma omunye umndeni ubuza ngathi, nali ifomu lethu: {form}",
        },
    ),
    TemplatePlan(
        "quiet", "Two weeks without news", Occasion.DAYS, Stage.CONTACTED, 14,
        {"en": "Are you still looking for a school?", "af": "Soek u nog ’n skool?"},
        {
            "en": "Dear {name}\n\nWe spoke two weeks ago about a place for {child}. Places for next year are filling"
            " up. Would you like to see the school, or has something changed?",
            "af": "Geagte {name}\n\nOns het twee weke gelede oor ’n plek vir {child} gepraat. Die plekke vir volgende"
            " jaar raak vol. Wil u die skool kom sien, of het iets verander?",
        },
    ),
    TemplatePlan(
        "appointment", "Before the appointment", Occasion.STAGE, Stage.APPOINTMENT, 0,
        {"en": "We expect you on {date}", "af": "Ons verwag u op {date}", "zu": "Sikulindele ngomhla ka-{date}"},
        {
            "en": "Dear {name}\n\nWe look forward to seeing you on {date}. Please bring {child}’s last school report"
            " and a copy of the birth certificate.",
            "af": "Geagte {name}\n\nOns sien daarna uit om u op {date} te ontmoet. Bring asseblief {child} se laaste"
            " skoolrapport en ’n afskrif van die geboortesertifikaat saam.",
            "zu": "Sawubona {name}\n\nSibheke ukukubona ngomhla ka-{date}. Sicela uphathe umbiko womfundi wokugcina"
            " nekhophi yesitifiketi sokuzalwa ({child}).",
        },
    ),
    TemplatePlan(
        "trial", "After the trial days", Occasion.DAYS, Stage.TRIAL, 5,
        {"en": "How was it for {child}?", "af": "Hoe was dit vir {child}?", "zu": "Bekunjani esikoleni?"},
        {
            "en": "Dear {name}\n\nWe were glad to have {child} with us. How was it? If you would like the place, phone"
            " us on {phone}; we keep it for you until {date}.",
            "af": "Geagte {name}\n\nDit was lekker om {child} by ons te hê. Hoe was dit? As u die plek wil hê, bel ons"
            " by {phone}; ons hou dit vir u tot {date}.",
            "zu": "Sawubona {name}\n\nSijabule ukuba naye ({child}). Bekunjani? Uma usifuna isikhala, sishayele"
            " ku-{phone}; sizokugcinela sona kuze kube ngumhla ka-{date}.",
        },
    ),
    TemplatePlan(
        "enrolled", "Welcome to the school", Occasion.STAGE, Stage.ENROLLED, 0,
        {"en": "Welcome to {school}", "af": "Welkom by {school}", "zu": "Siyakwamukela: {school}"},
        {
            "en": "Dear {name}\n\nWelcome! {child} has a place at our school. The office sends you the list of books"
            " and the first dates in the coming days.",
            "af": "Geagte {name}\n\nWelkom! {child} het ’n plek by ons skool. Die kantoor stuur in die komende dae die"
            " boekelys en die eerste datums aan u.",
            "zu": "Sawubona {name}\n\nSiyakwamukela! Isikhala esikoleni sethu sesitholakele ({child}). Ihhovisi"
            " lizokuthumelela uhlu lwezincwadi nezinsuku zokuqala ezinsukwini ezizayo.",
        },
    ),
    TemplatePlan(
        "step", "A word on the day", Occasion.STEP, None, 0,
        {"en": "A short word from {school}", "zu": "Umlayezo omfushane: {school}"},
        {
            "en": "Dear {name}\n\nToday we wanted to get back to you: {step}. Phone us on {phone} whenever it suits you.",
            "zu": "Sawubona {name}\n\nNamuhla besifuna ukubuyela kuwe mayelana nombuzo wakho ({child}). Sishayele ku-{phone}"
            " noma nini uma kukulungele.",
        },
    ),
    TemplatePlan(
        "old", "Invitation to the open day 2025", Occasion.DAYS, Stage.NEW, 3,
        {"en": "Come to our open day"},
        {"en": "Dear {name}\n\nYou are welcome at our open day. Bring {child} along."},
        is_active=False,
    ),
)  # fmt: skip
