"""The enquiry form: what a school asks strangers, and the form itself, which they see without signing in."""

from app.access.permissions import Permission
from app.area import Area
from app.i18n.catalogue import N_
from app.web.navigation import Entry
from blueprints.lead_form.datasets import DATASETS
from blueprints.lead_form.doors import DOORS
from blueprints.lead_form.enquiry_routes import enquiry
from blueprints.lead_form.jobs import tell_owners
from blueprints.lead_form.routes import pages

area = Area(
    pages,
    navigation=(Entry("lead_form.show_form", "clipboard-pen", N_("Enquiry form"), Permission.MARKETING_MANAGE, "marketing"),),
    jobs=(tell_owners,),
    datasets=DATASETS,
)
enquiry_area = Area(enquiry, in_school=False, doors=DOORS)
