"""Making a school: the form, its review, and the run that makes it."""

from app.area import Area
from blueprints.onboarding import runs  # noqa: F401  adds its addresses to the same pages
from blueprints.onboarding.jobs import JOBS
from blueprints.onboarding.routes import pages
from blueprints.onboarding.sources import PANELS, SEARCH, TRIAGE

area = Area(pages, panels=PANELS, jobs=JOBS, triage=TRIAGE, search=SEARCH, in_school=False)
