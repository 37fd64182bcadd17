"""Reviews: families are asked once after a milestone, say what they think by a link, and the school shows and answers it."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.reviews import jobs
from blueprints.reviews.datasets import DATASETS
from blueprints.reviews.doors import DOORS
from blueprints.reviews.giving import giving
from blueprints.reviews.routes import pages

area = Area(
    pages,
    navigation=(Entry("reviews.list_reviews", "star", N_("Reviews"), Permission.MARKETING_MANAGE, "marketing"),),
    jobs=jobs.JOBS,
    datasets=DATASETS,
)
giving_area = Area(giving, doors=DOORS, in_school=False)
