"""Invitations: giving people of a school a way to an account of their own."""

from app.area import Area
from blueprints.invitations.routes import pages

area = Area(pages, in_school=False)
