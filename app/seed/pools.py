"""Names as they are found in South African schools, by the community that they come from."""

from __future__ import annotations

from typing import NamedTuple


class Community(NamedTuple):
    """Names of one community. `languages` is how its guardians like to read, as weights; None means as the school does."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    children: tuple[str, ...]
    surnames: tuple[str, ...]
    languages: dict[str | None, int]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


ZULU = Community(
    women=_names(
        "Nomvula, Thandeka, Zanele, Sibongile, Nokuthula, Ntombifuthi, Busisiwe, Hlengiwe, Nomusa, Thembi, Khanyisile, "
        "Philisiwe, Zodwa, Lindiwe, Phumzile, Nonhlanhla, Bongekile, Gugu, Thokozile, Makhosazana, Nompumelelo, Duduzile"
    ),
    men=_names(
        "Sipho, Bheki, Themba, Mandla, Sibusiso, Thulani, Jabulani, Bongani, Mduduzi, Nkosinathi, Sandile, Vusumuzi, "
        "Musa, Dumisani, Lindani, Mthokozisi, Philani, Zakhele, Khulekani, Muzi"
    ),
    children=_names(
        "Lwandle, Minenhle, Amahle, Okuhle, Melokuhle, Enzokuhle, Lethokuhle, Banele, Siyabonga, Andile, Ayanda, Nkazimulo, "
        "Sinenhlanhla, Luyanda, Asanda, Sphesihle, Olwethu, Anele, Mpilo, Sanele, Nosipho, Thandolwethu, Unathi, Wandile, "
        "Zenzele, Snenhlanhla, Simphiwe, Londeka, Aphiwe, Mbali, Kwanele, Nqobile"
    ),
    surnames=_names(
        "Dlamini, Khumalo, Ndlovu, Mkhize, Hadebe, Mazibuko, Miya, Mabaso, Zungu, Ngcobo, Sithole, Mthembu, Buthelezi, "
        "Cele, Gumede, Nxumalo, Shabalala, Zwane, Zondi, Ntuli, Majola, Mbatha, Mchunu, Hlongwane, Dladla, Vilakazi, Dube"
    ),
    languages={"zu": 66, None: 20, "en": 14},
)
SOTHO = Community(
    women=_names("Naledi, Lerato, Puleng, Mamello, Dikeledi, Mathabo, Nthabiseng, Palesa, Keneuoe, Limakatso, Moipone"),
    men=_names("Thabo, Tshepo, Teboho, Lebohang, Mohau, Tsietsi, Khotso, Molefi, Sello, Pule, Kgotso, Ntsoaki"),
    children=_names("Rethabile, Bohlokoa, Karabo, Lesedi, Kamohelo, Tumelo, Reabetswe, Boitumelo, Katleho, Tlotliso, Neo"),
    surnames=_names("Mokoena, Mofokeng, Motaung, Tshabalala, Radebe, Moloi, Sekonyela, Mokhethi, Letsie, Makhanya, Lehloenya"),
    languages={"en": 52, "zu": 34, None: 14},
)
XHOSA = Community(
    women=_names("Nomfundo, Nosiphiwo, Nomonde, Ntombizanele, Zoleka, Vuyokazi, Nolitha, Babalwa, Nontsikelelo, Thandiswa"),
    men=_names("Mzwandile, Luthando, Siyamthanda, Lwazi, Xolani, Vuyani, Ayabulela, Monde, Thembinkosi, Loyiso"),
    children=_names("Inathi, Lukhanyo, Esona, Liyema, Avuyile, Sinothando, Iviwe, Linamandla, Oyama, Buhle, Khanya, Yonela"),
    surnames=_names("Mbeki, Jonas, Mfeketo, Ntshinga, Sotyu, Mnguni, Gqola, Tyhali, Mjoli, Ngxowa, Booi, Nqini"),
    languages={"en": 50, "zu": 34, "af": 16},
)
AFRIKAANS = Community(
    women=_names(
        "Elsabé, Riana, Marietjie, Annelie, Chantelle, Ilse, Sunette, Charlene, Heleen, Liezel, Ronél, Carien, Desirée, "
        "Lizette, Anneke, Marlene, Valencia, Jolene, Hanlie, Estelle"
    ),
    men=_names(
        "Pieter, Johan, Gert, Hennie, Francois, Deon, Riaan, Jaco, Willem, Kobus, Andries, Neville, Jerome, Charl, Dawid, "
        "Morné, André, Hein, Quinton, Ashwin"
    ),
    children=_names(
        "Ruan, Mia, Anika, Liam, Jana, Christiaan, Zoë, Handré, Elané, Ethan, Chloé, Danté, Mieke, Stefan, Lienke, Jayden, "
        "Carla, Reuben, Amoré, Wian, Tatum, Leandra, Nadine, Caleb, Kayla, Dewald, Simoné, Keenan"
    ),
    surnames=_names(
        "Botha, van Wyk, Nel, de Klerk, van der Merwe, Jacobs, Booysen, Arendse, Fortuin, Swarts, Pretorius, du Plessis, "
        "Steyn, Coetzee, Davids, Jantjies, Kruger, le Roux, van Rooyen, Links, Plaatjies, Marais, Viljoen, Adams, Goliath, Smit"
    ),
    languages={"af": 62, None: 26, "en": 12},
)
ENGLISH = Community(
    women=_names("Claire, Sarah, Bronwyn, Tracey, Megan, Gillian, Candice, Lauren"),
    men=_names("Craig, Grant, Gareth, Brendan, Warren, Duncan, Kevin, Sean"),
    children=_names("Emily, Joshua, Hannah, Matthew, Tyler, Grace, Oliver, Skye, Luke, Isabella"),
    surnames=_names("Smith, Campbell, O’Reilly, Thompson, Gordon, Wright, Murray, Bennett, Shaw, Collins"),
    languages={"en": 94, "af": 6},
)
INDIAN = Community(
    women=_names("Priya, Fatima, Shireen, Kavitha, Nasreen, Roshni, Ayesha, Saras"),
    men=_names("Rajesh, Yusuf, Logan, Imraan, Sanjay, Ebrahim, Vikash, Suleman"),
    children=_names("Aaliyah, Rahul, Zahra, Kiran, Diya, Muhammad, Tanisha, Yaseen, Nikhil, Saaniya"),
    surnames=_names("Naidoo, Patel, Govender, Pillay, Moodley, Essop, Maharaj, Cassim, Reddy, Singh"),
    languages={"en": 96, None: 4},
)
