"""The website of the school as its people build it: settings, pages and blocks, pictures, events, versions, preview links."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.site.block_routes import block_pages
from blueprints.site.builder_routes import builder_pages
from blueprints.site.datasets import DATASETS
from blueprints.site.event_routes import event_pages
from blueprints.site.picture_routes import picture_pages
from blueprints.site.preview_routes import preview_pages
from blueprints.site.routes import pages
from blueprints.site.version_routes import version_pages

area = Area(pages, datasets=DATASETS)
builder_area = Area(
    builder_pages,
    navigation=(Entry("site_builder.show_pages", "globe", N_("Website"), Permission.SITE_MANAGE, "settings"),),
)
blocks_area = Area(block_pages)
versions_area = Area(version_pages)
pictures_area = Area(picture_pages)
events_area = Area(event_pages)
previews_area = Area(preview_pages)
