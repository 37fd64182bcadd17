"""Thaba Nkulu Primary, at the foot of the mountains in KwaZulu-Natal: isiZulu first, English beside it."""

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
        key="parents-meeting", starts=-44, ends=-36, day=-37, audience=Audience.GUARDIANS, author=Role.OWNER,
        title={"zu": "Umhlangano wabazali", "en": "Parents’ meeting", "af": "Oueraand"},
        message={
            "zu": "Siyanimema emhlanganweni wabazali {day}, ngo-17:30, ehholo lesikole. Sizokhuluma ngenqubekelaphambili "
            "yabafundi, ngokufunda ekhaya nangokuphepha esangweni.\n\nOthisha bamakilasi bazobe bekhona kuze kube "
            "ngu-19:00. Uma ningakwazi ukuza, sicela nazise uthisha wekilasi.",
            "en": "You are invited to the parents’ meeting on {day} at 17:30 in the school hall. We will talk about the "
            "learners’ progress, reading at home, and safety at the gate.\n\nThe class teachers will be there until 19:00. "
            "If you cannot come, please let the class teacher know.",
            "af": "U word uitgenooi na die oueraand op {day} om 17:30 in die skoolsaal. Ons gesels oor die leerders se "
            "vordering, lees tuis en veiligheid by die hek.\n\nDie klasonderwysers is tot 19:00 daar. As u nie kan kom nie, "
            "laat weet asseblief die klasonderwyser.",
        },
    ),
    NoticePlan(
        key="sports-day", starts=-25, ends=-18, day=-19,
        title={"zu": "Usuku lwezemidlalo", "en": "Sports day"},
        message={
            "zu": "Usuku lwezemidlalo luzoba {day}, kusukela ngo-08:30, enkundleni yezemidlalo yesikole. Abafundi mabafike "
            "ngo-07:30 begqoke izingubo zezemidlalo nesigqoko selanga, baphathe namanzi okuphuza.\n\nAbazali bamukelekile "
            "ukuzobuka. Kuzodayiswa ukudla neziphuzo; imali engenayo izothenga izinto zezemidlalo.",
            "en": "Sports day is on {day}, from 08:30 on the school’s sports field. Learners should arrive by 07:30 in "
            "sports clothes and a sun hat, and bring water to drink.\n\nParents are welcome to come and watch. Food and "
            "drinks will be on sale; the money buys sports equipment.",
        },
    ),
    NoticePlan(
        key="reports", starts=-19, ends=-13, day=-15, audience=Audience.GUARDIANS,
        title={
            "zu": "Imibiko yabafundi isilungile", "en": "Learners’ reports are ready",
            "af": "Die leerders se rapporte is gereed",
        },
        message={
            "zu": "Imibiko yabafundi isilungile. Sicela nizoyilanda kothisha bamakilasi {day}, kusukela ngo-14:00 kuze kube "
            "ngu-16:30.\n\nUmbiko unikezwa umzali noma umnakekeli kuphela. Sicela niphathe umazisi.",
            "en": "The learners’ reports are ready. Please collect them from the class teachers on {day}, from 14:00 until "
            "16:30.\n\nA report is given only to a parent or guardian. Please bring your ID.",
            "af": "Die leerders se rapporte is gereed. Haal dit asseblief op {day} by die klasonderwysers, van 14:00 tot "
            "16:30.\n\n’n Rapport word net aan ’n ouer of voog gegee. Bring asseblief u ID saam.",
        },
    ),
    NoticePlan(
        key="storm", starts=-16, ends=-15, day=-16, audience=Audience.GUARDIANS, urgent=True,
        title={
            "zu": "Isikole sivalwa ngo-11:00 ngenxa yesiphepho", "en": "School closes at 11:00 because of the storm",
            "af": "Skool sluit om 11:00 weens die storm",
        },
        message={
            "zu": "Kulindeleke isiphepho esinamandla {day}, kusukela emini. Isikole sivalwa ngo-11:00, kanti amabhasi esikole "
            "asuka ngo-11:15.\n\nSicela nilande umntwana wenu esangweni elikhulu, noma nazise ihhovisi lesikole ukuthi ubani "
            "ozomlanda. Akekho umfundi ozothunyelwa ekhaya yedwa.",
            "en": "A severe storm is expected on {day}, from midday. School closes at 11:00, and the school buses leave at "
            "11:15.\n\nPlease fetch your child at the main gate, or tell the school office who will. No learner is sent home "
            "alone.",
            "af": "’n Hewige storm word op {day} verwag, van die middag af. Die skool sluit om 11:00, en die skoolbusse "
            "vertrek om 11:15.\n\nHaal u kind asseblief by die hoofhek, of laat weet die skoolkantoor wie dit sal doen. Geen "
            "leerder word alleen huis toe gestuur nie.",
        },
        story=((fates.BOTH, 30), (fates.DEVICE_GONE, 2), (fates.ONLY_PUSHED, 1), (fates.TAKEN_LATER, 2), (fates.PUSHED, 2)),
    ),
    NoticePlan(
        key="workshop", starts=-12, ends=-7, day=-8, audience=Audience.STAFF,
        title={"zu": "Ukuqeqeshwa kothisha: ukufundisa ukufunda", "en": "Workshop for teachers: teaching reading"},
        message={
            "zu": "Ukuqeqeshwa ngokufundisa ukufunda kuzoba {day}, ngo-14:00, egumbini lothisha. Sicela nize nohlelo "
            "lwesifundo enilusebenzisile; sizoluthuthukisa ndawonye.\n\nNgalolo suku abafundi baphuma ngo-13:30.",
            "en": "The workshop on teaching reading is on {day} at 14:00 in the staff room. Please bring a lesson plan that "
            "you have used; we will improve it together.\n\nLearners go home at 13:30 that day.",
        },
    ),
    NoticePlan(
        key="library-books", starts=-11, ends=-6, day=-6, by=-7, audience=Audience.GUARDIANS, channel=Channel.WHATSAPP,
        title={"zu": "Sicela nibuyise izincwadi zomtapo", "en": "Please return library books"},
        message={
            "zu": "Umtapo wezincwadi uzobala izincwadi zawo {day}. Sicela nibheke izincwadi zesikole ekhaya, nizibuyise "
            "nomntwana wenu kungakadluli umhla ka-{by}.\n\nUma kulahleke incwadi, sicela nitshele uNkk. Dlamini. Uzonisiza.",
            "en": "The library will count its books on {day}. Please look for books of the school at home, and send them back "
            "with your child by {by}.\n\nIf a book is lost, please tell Mrs Dlamini. She will help you.",
        },
        story=((fates.PUSHED, 22), (fates.DEVICE_GONE, 1), (fates.FULL, 1), (fates.LOST_LINE, 1)),
    ),
    NoticePlan(
        key="gate-times", starts=-4, ends=-1, day=-4, monday=True, audience=Audience.GUARDIANS,
        title={"zu": "Izikhathi ezintsha zasesangweni", "en": "New times at the gate"},
        message={
            "zu": "Isango elikhulu lizovulwa ngo-07:00 livalwe ngo-07:40, kusukela {day}. Ngemva kwalokho abafundi bangena "
            "ngasehhovisi, lapho bebhaliswa khona.\n\nNtambama isango livulwa ngo-13:45. Sicela nilinde ngasehholo ukuze "
            "amabhasi akwazi ukuphenduka.",
            "en": "The main gate opens at 07:00 and closes at 07:40, starting on {day}. After that, learners come in through "
            "the office, where they are signed in.\n\nIn the afternoon the gate opens at 13:45. Please wait beside the hall, "
            "so that the buses can turn.",
        },
        story=(
            (fates.PUSHED, 26), (fates.PUSHED_LATER, 2), (fates.DEVICE_GONE, 3), (fates.DEVICE_GONE_BOX_FULL, 1),
            (fates.KEY_REFUSED, 1), (fates.TAKEN_LATER, 3), (fates.BOUNCED, 1), (fates.RETRIED, 1), (fates.DISCARDED, 1),
            (fates.NEVER_TAKEN, 1), (fates.FULL, 1), (fates.REFUSED, 1),
        ),
    ),
)  # fmt: skip
ACTIVE = (
    NoticePlan(
        key="water", starts=-1, ends=3, day=2, urgent=True,
        title={"zu": "Akukho manzi esikoleni", "en": "No water at school", "af": "Geen water by die skool nie"},
        message={
            "zu": "Umasipala ulungisa ipayipi elikhulu, ngakho-ke akukho manzi esikoleni. Kulindeleke ukuthi abuye {day}. "
            "Sicela abafundi baphathe amanzi okuphuza azobanela usuku lonke.\n\nIsikole sivuliwe njengokujwayelekile, futhi "
            "akhona amanzi okugeza izandla. Uma kukhona okushintshayo, sizonazisa ngokushesha.",
            "en": "The municipality is repairing the main pipe, so there is no running water at school. It should be back "
            "on {day}. Please send enough drinking water with your child for the whole day.\n\nSchool is open as usual, and "
            "there is water for washing hands. If anything changes, we will let you know at once.",
            "af": "Die munisipaliteit herstel die hoofpyp, en daar is nie lopende water by die skool nie. Dit behoort op "
            "{day} terug te wees. Stuur asseblief genoeg drinkwater vir die hele dag saam met u kind.\n\nDie skool is soos "
            "gewoonlik oop, en daar is water om hande te was. As iets verander, laat ons u dadelik weet.",
        },
    ),
    NoticePlan(
        key="trip", starts=-5, ends=7, by=5, day=9, audience=Audience.GUARDIANS,
        title={"zu": "Uhambo lwamabanga 4 no-5", "en": "Trip for Grades 4 and 5"},
        message={
            "zu": "Abafundi bamabanga 4 no-5 bazovakashela izintaba zoKhahlamba {day}. Ibhasi lizosuka esangweni ngo-07:00, "
            "libuye ngo-16:00. Sicela abafundi baphathe ukudla kwasemini, amanzi nejezi.\n\nSicela nisayine ifomu lemvume, "
            "nilibuyisele kuthisha wekilasi kungakadluli umhla ka-{by}.",
            "en": "The learners of Grades 4 and 5 will visit the Drakensberg on {day}. The bus leaves the gate at 07:00 and "
            "is back at 16:00. Learners should bring lunch, water and a jersey.\n\nPlease sign the consent form and return "
            "it to the class teacher by {by}.",
        },
    ),
    NoticePlan(
        key="choir", starts=-6, ends=8, audience=Audience.STUDENTS,
        title={"zu": "Ukuzilolonga kwekhwaya", "en": "Choir practice"},
        message={
            "zu": "Ikhwaya izilolonga ngoLwesibili nangoLwesine ngemva kwesikole, ehholo, kusukela ngo-14:15 kuze kube "
            "ngu-15:15. Umncintiswano wesifunda ususeduze!\n\nAmaphimbo amasha amukelekile. Khulumani noNkk. Dlamini.",
            "en": "The choir practises on Tuesdays and Thursdays after school in the hall, from 14:15 until 15:15. The "
            "district competition is close!\n\nNew voices are welcome. Speak to Mrs Dlamini.",
        },
    ),
    NoticePlan(
        key="nurses", starts=-3, ends=9, by=6, day=10, audience=Audience.GUARDIANS,
        title={
            "zu": "Kuzohlolwa amehlo nezindlebe: Ibanga 1", "en": "Eye and hearing tests: Grade 1",
            "af": "Oog- en gehoortoetse: Graad 1",
        },
        message={
            "zu": "Abahlengikazi boMnyango Wezempilo bazovakashela isikole {day}, ukuze bahlole amehlo nezindlebe zabafundi "
            "beBanga 1. Ukuhlolwa kumahhala.\n\nUma ningafuni ukuthi umntwana wenu ahlolwe, sicela nazise ihhovisi lesikole "
            "kungakadluli umhla ka-{by}.",
            "en": "Nurses of the Department of Health will visit the school on {day} to test the eyes and hearing of the "
            "Grade 1 learners. The tests are free.\n\nIf you do not want your child to be tested, please tell the school "
            "office by {by}.",
            "af": "Verpleegkundiges van die Departement van Gesondheid besoek die skool op {day} om die Graad 1-leerders se "
            "oë en gehoor te toets. Die toetse is gratis.\n\nAs u nie wil hê dat u kind getoets word nie, laat weet "
            "asseblief die skoolkantoor voor of op {by}.",
        },
    ),
    NoticePlan(
        key="office-hours", starts=-60, ends=None,
        title={"zu": "Izikhathi zehhovisi lesikole"},
        message={
            "zu": "Ihhovisi lesikole livulwa ngo-07:15 livalwe ngo-15:00 ngezinsuku zesikole. NgoLwesihlanu livalwa "
            "ngo-13:30.\n\nUma nidinga ukubona uthishanhloko, sicela nishaye ucingo kuqala ukuze sinibekele isikhathi: +27 "
            "36 555 0101.",
        },
    ),
)  # fmt: skip
COMING = (
    NoticePlan(
        key="photos", starts=2, ends=9, day=8,
        title={"zu": "Izithombe zamakilasi", "en": "Class photos"},
        message={
            "zu": "Kuzothathwa izithombe zamakilasi {day}, kusukela ngo-08:00. Sicela abafundi bagqoke umfaniswano wesikole "
            "ophelele.\n\nAbafundi abangenayo imvume yezithombe ngeke bathathwe. Uma nifuna ukushintsha imvume yenu, sicela "
            "nazise ihhovisi lesikole.",
            "en": "Class photos will be taken on {day}, from 08:00. Please send learners in full school "
            "uniform.\n\nLearners without photo consent will not be photographed. If you want to change your consent, "
            "please tell the school office.",
        },
    ),
    NoticePlan(
        key="governing-body", starts=5, ends=15, day=14, audience=Audience.GUARDIANS, author=Role.OWNER,
        title={
            "zu": "Umhlangano nesigungu esilawula isikole", "en": "Meeting with the school governing body",
            "af": "Vergadering met die beheerliggaam",
        },
        message={
            "zu": "Isigungu esilawula isikole sinimema emhlanganweni {day}, ngo-17:30, ehholo lesikole. Sizokwethula "
            "isabelomali sesikole, bese siphendula imibuzo yenu.\n\nIzwi lenu libalulekile. Bazoba khona abazonakekela "
            "izingane ezincane.",
            "en": "The school governing body invites you to a meeting on {day} at 17:30 in the school hall. We will present "
            "the school’s budget and answer your questions.\n\nYour voice counts. Somebody will look after small children.",
            "af": "Die beheerliggaam nooi u na ’n vergadering op {day} om 17:30 in die skoolsaal. Ons lê die skool se "
            "begroting voor en beantwoord u vrae.\n\nU stem tel. Daar sal iemand wees om na klein kinders te kyk.",
        },
    ),
    NoticePlan(
        key="reading-week", starts=9, ends=23, day=13, monday=True,
        title={"zu": "Iviki lokufunda", "en": "Reading week"},
        message={
            "zu": "Iviki lokufunda liqala {day}. Nsuku zonke, kusukela ngo-07:45 kuze kube ngu-08:05, sonke isikole "
            "siyafunda.\n\nSicela umfundi ngamunye eze nencwadi ayithandayo, yesiZulu noma yesiNgisi. NgoLwesihlanu "
            "abafundi bangagqoka njengomlingiswa abamthandayo wasencwadini.",
            "en": "Reading week begins on {day}. Every day, from 07:45 until 08:05, the whole school reads.\n\nPlease let "
            "each learner bring a book that they love, in isiZulu or English. On Friday learners may dress up as a "
            "character from a book.",
        },
    ),
    NoticePlan(
        key="family-walk", starts=6, ends=12, day=10, removed=True,
        title={"zu": "Uhambo lomndeni lwezinyawo", "en": "Family walk"},
        message={
            "zu": "Siyanimema ohambweni lwezinyawo lwamakhilomitha amahlanu {day}, ngo-15:00, kusukela esangweni lesikole. "
            "Wozani nomndeni wonke!\n\nSicela niphathe amanzi nesigqoko selanga.",
            "en": "You are invited to a walk of five kilometres on {day} at 15:00, from the school gate. Bring the whole "
            "family!\n\nPlease bring water and a sun hat.",
        },
    ),
)  # fmt: skip
THABA = SchoolPlan(
    slug="thaba", host="thaba.example.com", name="Thaba Nkulu Primary", language="zu", money="en_ZA",
    close_time=dt.time(15, 30), age=dt.timedelta(days=430),
    contact_email="ihhovisi@thaba.example.com", contact_phone="+27 36 555 0101",
    contact_address="14 Mountain View Road, Bergville, 3350",
    accounts={
        Role.OWNER: "Nomvula Khumalo", Role.ADMIN: "Naledi Mokoena", Role.TEACHER: "Lerato Dlamini",
        Role.OFFICER: "Sipho Ndlovu", Role.GUARDIAN: "Ayanda Dube", Role.STUDENT: "Thandeka Dube",
    },
    communities=((ZULU, 70), (SOTHO, 12), (ENGLISH, 5), (INDIAN, 5), (AFRIKAANS, 5), (XHOSA, 3)),
    notices=(*PAST, *ACTIVE, *COMING), gave_up="Umndeni ususesikoleni esisha.",
)  # fmt: skip
