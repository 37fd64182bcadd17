"""Laerskool Karoo, in a small town of the Eastern Cape: Afrikaans first, English and isiZulu beside it."""

from __future__ import annotations

import datetime as dt

from app.models.delivery import Channel
from app.models.notice import Audience
from app.models.user import Role
from app.seed import fates
from app.seed.plans import NoticePlan, SchoolPlan
from app.seed.pools import AFRIKAANS, ENGLISH, INDIAN, SOTHO, XHOSA, ZULU

PAST = (
    NoticePlan(
        key="bazaar", starts=-42, ends=-34, day=-35,
        title={"af": "Kom kuier by ons skoolbasaar", "en": "Come to our school bazaar"},
        message={
            "af": "Die skoolbasaar is op {day}, vanaf 15:00 op die skoolgronde. Daar is pannekoek, kerrie en rys, boeke, "
            "plante en speletjies vir die kleintjies.\n\nAlles wat ons maak, gaan vir ’n skaduweedak oor die speelplek. "
            "Bring u bure saam!",
            "en": "The school bazaar is on {day}, from 15:00 on the school grounds. There will be pancakes, curry and rice, "
            "books, plants and games for the little ones.\n\nAll that we make goes towards a shade roof over the "
            "playground. Bring your neighbours!",
        },
    ),
    NoticePlan(
        key="athletics", starts=-24, ends=-17, day=-18,
        title={"af": "Sportdag: interhuis-atletiek", "en": "Sports day: athletics between the houses"},
        message={
            "af": "Die sportdag is op {day}, vanaf 08:00 op die atletiekbaan. Leerders trek hulle huis se kleur aan en "
            "bring ’n hoed, sonbrandroom en genoeg water saam.\n\nDie snoepwinkel is die hele dag oop. Ouers is baie welkom "
            "langs die baan.",
            "en": "Sports day is on {day}, from 08:00 on the athletics track. Learners wear the colour of their house and "
            "bring a hat, sunscreen and enough water.\n\nThe tuck shop is open all day. Parents are most welcome beside the "
            "track.",
        },
    ),
    NoticePlan(
        key="reports", starts=-18, ends=-12, day=-14, audience=Audience.GUARDIANS,
        title={"af": "Rapporte word uitgedeel", "en": "Reports are handed out", "zu": "Kunikezwa imibiko yabafundi"},
        message={
            "af": "U kan u kind se rapport op {day} by die klasonderwyser kom haal, van 13:30 tot 17:00.\n\nBespreek "
            "asseblief ’n tyd by die klasonderwyser as u langer wil gesels.",
            "en": "You can collect your child’s report from the class teacher on {day}, from 13:30 until 17:00.\n\nPlease "
            "arrange a time with the class teacher if you would like to talk for longer.",
            "zu": "Ningalanda umbiko womntwana wenu kuthisha wekilasi {day}, kusukela ngo-13:30 kuze kube ngu-17:00.\n\nUma "
            "nifuna ukukhuluma isikhathi eside, sicela nivumelane nothisha wekilasi ngesikhathi.",
        },
    ),
    NoticePlan(
        key="heat", starts=-14, ends=-13, day=-14, audience=Audience.GUARDIANS, urgent=True,
        title={
            "af": "Skool sluit om 11:30 weens die hitte", "en": "School closes at 11:30 because of the heat",
            "zu": "Isikole sivalwa ngo-11:30 ngenxa yokushisa",
        },
        message={
            "af": "Op {day} word dit warmer as 40 °C, en die klaskamers raak te warm. Die skool sluit om 11:30, en die "
            "skoolbusse vertrek om 11:45.\n\nHaal u kind asseblief by die hek, of laat weet die skoolkantoor wie dit sal doen. "
            "Leerders wat moet wag, bly in die koel saal.",
            "en": "On {day} it will be hotter than 40 °C, and the classrooms become too warm. School closes at 11:30, and the "
            "school buses leave at 11:45.\n\nPlease fetch your child at the gate, or tell the school office who will. Learners "
            "who have to wait stay in the cool hall.",
            "zu": "Kuzoshisa ngaphezu kuka-40 °C {day}, futhi amakilasi ashisa kakhulu. Isikole sivalwa ngo-11:30, kanti "
            "amabhasi esikole asuka ngo-11:45.\n\nSicela nilande umntwana wenu esangweni, noma nazise ihhovisi lesikole ukuthi "
            "ubani ozomlanda. Abafundi abalindile bahlala ehholo elipholile.",
        },
        story=((fates.BOTH, 26), (fates.DEVICE_GONE, 1), (fates.ONLY_PUSHED, 1), (fates.TAKEN_LATER, 1), (fates.PUSHED, 2)),
    ),
    NoticePlan(
        key="staff-meeting", starts=-11, ends=-6, day=-7, audience=Audience.STAFF, author=Role.OWNER,
        title={"af": "Personeelvergadering", "en": "Staff meeting"},
        message={
            "af": "Die personeelvergadering is op {day} om 14:15 in die personeelkamer. Op die sakelys: die eksamenrooster, "
            "terreindiens en die nuwe leesprogram.\n\nStuur asseblief punte vir die sakelys ’n dag vooraf aan Riana.",
            "en": "The staff meeting is on {day} at 14:15 in the staff room. On the agenda: the exam timetable, grounds "
            "duty and the new reading programme.\n\nPlease send items for the agenda to Riana a day before.",
        },
    ),
    NoticePlan(
        key="choir-forms", starts=-10, ends=-5, day=-5, by=-6, audience=Audience.GUARDIANS, channel=Channel.SMS,
        title={"af": "Toestemmingsvorms vir die koorfees", "en": "Consent forms for the choir festival"},
        message={
            "af": "Die koor sing op {day} by die koorfees op Cradock. Stuur asseblief die toestemmingsvorm voor of op {by} "
            "terug.\n\nHet u kind nie ’n vorm gekry nie? Daar lê nog by die skoolkantoor.",
            "en": "The choir sings at the choir festival in Cradock on {day}. Please return the consent form by "
            "{by}.\n\nDid your child not get a form? There are more at the school office.",
        },
        story=((fates.PUSHED, 19), (fates.DEVICE_GONE, 1), (fates.FULL, 1), (fates.LOST_LINE, 1)),
    ),
    NoticePlan(
        key="drop-off", starts=-4, ends=-1, day=-4, monday=True, audience=Audience.GUARDIANS,
        title={"af": "Nuwe aflaaistrook by die skool", "en": "New drop-off lane at the school"},
        message={
            "af": "Die nuwe aflaaistrook in Kerkstraat is reg. Ons gebruik dit elke skooldag van 07:00 tot 07:40, en begin op "
            "{day}.\n\nRy asseblief tot heel voor, en laat u kind aan die kant van die sypaadjie uitklim. Wie wil parkeer, "
            "doen dit by die saal.",
            "en": "The new drop-off lane in Church Street is ready. We use it every school day from 07:00 until 07:40, "
            "starting on {day}.\n\nPlease drive right to the front, and let your child get out on the side of the pavement. If "
            "you want to park, please do so at the hall.",
        },
        story=(
            (fates.PUSHED, 21), (fates.PUSHED_LATER, 1), (fates.DEVICE_GONE, 2), (fates.DEVICE_GONE_BOX_FULL, 1),
            (fates.KEY_REFUSED, 1), (fates.TAKEN_LATER, 2), (fates.BOUNCED, 1), (fates.RETRIED, 1), (fates.DISCARDED, 1),
            (fates.NEVER_TAKEN, 1), (fates.FULL, 1), (fates.REFUSED, 1),
        ),
    ),
)  # fmt: skip
ACTIVE = (
    NoticePlan(
        key="bus", starts=-1, ends=3, day=2, urgent=True,
        title={"af": "Die Aberdeen-bus ry nie", "en": "The Aberdeen bus is not running", "zu": "Ibhasi laseAberdeen alihambi"},
        message={
            "af": "Die pad na Aberdeen is ná die reën gesluit, en die skoolbus op daardie roete ry nie. Dit behoort op "
            "{day} weer te ry.\n\nLeerders wat nie by die skool kan kom nie, word nie as afwesig sonder rede gemerk nie. "
            "Laat weet asseblief die skoolkantoor as u kind tuisbly.",
            "en": "The road to Aberdeen is closed after the rain, and the school bus on that route is not running. It "
            "should run again on {day}.\n\nLearners who cannot get to school will not be marked absent without a reason. "
            "Please tell the school office if your child stays at home.",
            "zu": "Umgwaqo oya eAberdeen uvaliwe ngemva kwemvula, futhi ibhasi lesikole alihambi kulowo mzila. Kulindeleke "
            "ukuthi liphinde lihambe {day}.\n\nAbafundi abangakwazi ukufika esikoleni ngeke bamakwe njengabangekho "
            "ngaphandle kwesizathu. Sicela nazise ihhovisi lesikole uma umntwana wenu esala ekhaya.",
        },
    ),
    NoticePlan(
        key="outing", starts=-5, ends=7, by=5, day=9, audience=Audience.GUARDIANS,
        title={"af": "Graad 6-uitstappie na die Vallei van Verlatenheid", "en": "Grade 6 outing to the Valley of Desolation"},
        message={
            "af": "Die Graad 6-leerders stap op {day} in die Vallei van Verlatenheid. Die bus vertrek om 07:30 by die hek "
            "en is teen 14:30 terug. Stapskoene, ’n hoed, kos en twee liter water is nodig.\n\nStuur asseblief die "
            "toestemmingsvorm voor of op {by} terug. Sonder die vorm kan u kind nie saamgaan nie.",
            "en": "The Grade 6 learners will walk in the Valley of Desolation on {day}. The bus leaves the gate at 07:30 "
            "and is back by 14:30. Walking shoes, a hat, food and two litres of water are needed.\n\nPlease return the "
            "consent form by {by}. Without the form your child cannot come along.",
        },
    ),
    NoticePlan(
        key="chess", starts=-6, ends=8, audience=Audience.STUDENTS,
        title={"af": "Skaakklub", "en": "Chess club"},
        message={
            "af": "Die skaakklub kom elke Woensdag van 14:00 tot 15:00 in die biblioteek bymekaar. Beginners is welkom; ons "
            "leer jou die reëls.\n\nDie skool het borde en stukke. Bring net jouself!",
            "en": "The chess club meets every Wednesday from 14:00 until 15:00 in the library. Beginners are welcome; we "
            "will teach you the rules.\n\nThe school has boards and pieces. Just bring yourself!",
        },
    ),
    NoticePlan(
        key="eye-tests", starts=-3, ends=9, by=6, day=10, audience=Audience.GUARDIANS,
        title={
            "af": "Gratis oogtoetse vir Graad 1", "en": "Free eye tests for Grade 1",
            "zu": "Ukuhlolwa kwamehlo kwamahhala: Ibanga 1",
        },
        message={
            "af": "’n Oogkundige toets op {day} gratis die oë van al die Graad 1-leerders.\n\nAs u nie wil hê dat u kind "
            "getoets word nie, laat weet asseblief die skoolkantoor voor of op {by}.",
            "en": "An optometrist will test the eyes of all Grade 1 learners on {day}, free of charge.\n\nIf you do not "
            "want your child to be tested, please tell the school office by {by}.",
            "zu": "Udokotela wamehlo uzohlola amehlo abo bonke abafundi beBanga 1 {day}, mahhala.\n\nUma ningafuni ukuthi "
            "umntwana wenu ahlolwe, sicela nazise ihhovisi lesikole kungakadluli umhla ka-{by}.",
        },
    ),
    NoticePlan(
        key="office-hours", starts=-60, ends=None,
        title={"af": "Kantoorure"},
        message={
            "af": "Die skoolkantoor is op skooldae van 07:15 tot 15:00 oop, en op Vrydae tot 13:30.\n\nWil u die skoolhoof "
            "spreek? Bel asseblief eers, dan maak ons ’n afspraak: +27 49 555 0102.",
        },
    ),
)  # fmt: skip
COMING = (
    NoticePlan(
        key="photos", starts=2, ends=9, day=8,
        title={"af": "Klasfoto’s", "en": "Class photos"},
        message={
            "af": "Die klasfoto’s word op {day} vanaf 08:00 geneem. Trek asseblief volledige skooldrag aan, met ’n netjiese "
            "wit hemp.\n\nLeerders sonder fototoestemming word nie afgeneem nie. Laat weet die skoolkantoor as u u "
            "toestemming wil verander.",
            "en": "Class photos will be taken on {day}, from 08:00. Please wear full school uniform with a neat white "
            "shirt.\n\nLearners without photo consent will not be photographed. Tell the school office if you want to "
            "change your consent.",
        },
    ),
    NoticePlan(
        key="parents-evening", starts=5, ends=13, day=12, audience=Audience.GUARDIANS, author=Role.OWNER,
        title={"af": "Oueraand", "en": "Parents’ evening", "zu": "Umhlangano wabazali"},
        message={
            "af": "U word hartlik uitgenooi na die oueraand op {day} om 18:00 in die skoolsaal. Ons begin saam in die saal; "
            "daarna wag die klasonderwysers in hulle klasse vir u.\n\nDaar is koffie en beskuit.",
            "en": "You are warmly invited to the parents’ evening on {day} at 18:00 in the school hall. We begin together "
            "in the hall; after that the class teachers wait for you in their classrooms.\n\nThere will be coffee and rusks.",
            "zu": "Siyanimema emhlanganweni wabazali {day}, ngo-18:00, ehholo lesikole. Sizoqala sonke ehholo; ngemva "
            "kwalokho othisha bamakilasi bazonilinda emakilasini abo.\n\nKuzoba khona ikhofi namabhisikidi.",
        },
    ),
    NoticePlan(
        key="book-week", starts=9, ends=23, day=13, monday=True,
        title={"af": "Boekweek", "en": "Book week"},
        message={
            "af": "Boekweek begin op {day}. Elke klas lees elke oggend twintig minute lank hardop, en op Donderdag lees die "
            "Graad 7’s vir die Graad R’e voor.\n\nBring gerus ’n boek wat u nie meer lees nie vir die ruiltafel in die "
            "biblioteek.",
            "en": "Book week begins on {day}. Every class reads aloud for twenty minutes each morning, and on Thursday the "
            "Grade 7s read to Grade R.\n\nFeel free to bring a book that you no longer read for the swap table in the "
            "library.",
        },
    ),
    NoticePlan(
        key="uniform-sale", starts=6, ends=12, day=11, removed=True,
        title={"af": "Verkoop van tweedehandse skooldrag", "en": "Sale of second-hand uniforms"},
        message={
            "af": "Ons verkoop goeie tweedehandse skooldrag op {day}, van 13:30 tot 15:00 by die skoolkantoor.\n\nU is "
            "welkom om klere wat te klein geword het, vooraf te bring.",
            "en": "We are selling good second-hand uniforms on {day}, from 13:30 until 15:00 at the school office.\n\nYou "
            "are welcome to bring clothes that have become too small beforehand.",
        },
    ),
)  # fmt: skip
KAROO = SchoolPlan(
    slug="karoo", host="karoo.example.com", name="Laerskool Karoo", language="af", money="af", close_time=dt.time(16, 0),
    age=dt.timedelta(days=405),
    contact_email="kantoor@karoo.example.com", contact_phone="+27 49 555 0102",
    contact_address="Kerkstraat 27, Graaff-Reinet, 6280",
    accounts={
        Role.OWNER: "Pieter van Wyk", Role.ADMIN: "Riana Botha", Role.TEACHER: "Johan Coetzee", Role.OFFICER: "Fatima Patel",
        Role.GUARDIAN: "Elsabé Nel", Role.STUDENT: "Ruan Nel",
    },
    communities=((AFRIKAANS, 56), (XHOSA, 20), (ENGLISH, 10), (ZULU, 7), (SOTHO, 4), (INDIAN, 3)),
    notices=(*PAST, *ACTIVE, *COMING), gave_up="Die gesin het na ’n ander skool verhuis.",
)  # fmt: skip
