"""The account: signing in and out, passwords, language. About people, not schools: its requests enter no school."""

from app.area import Area
from blueprints.account import confirming, passkey_doors  # noqa: F401  their pages join those of the area
from blueprints.account.doors import DOORS
from blueprints.account.routes import pages

area = Area(pages, doors=DOORS, in_school=False)
