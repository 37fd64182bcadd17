"""Everything of a school in one file: made for its admins, and brought into an empty school by operators."""

from app.area import Area
from blueprints.archives.bringing_jobs import JOBS as IMPORT_JOBS
from blueprints.archives.bringing_routes import pages as import_pages
from blueprints.archives.jobs import JOBS
from blueprints.archives.routes import pages

area = Area(pages, jobs=JOBS)
import_area = Area(import_pages, jobs=IMPORT_JOBS, in_school=False)
