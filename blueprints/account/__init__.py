"""The account: signing in and out, passwords, language. About people, not schools: its requests enter no school."""

from app.area import Area
from blueprints.account.routes import pages

area = Area(pages, in_school=False)
