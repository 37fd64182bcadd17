"""Exports: what a school has, taken out as a file."""

from app.area import Area
from blueprints.exports.routes import pages

area = Area(pages)
