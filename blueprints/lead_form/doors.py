"""The form closes with its school: strangers read that it is suspended, and nothing is taken."""

from app.domain.closing import Closed, Door

DOORS = (
    Door(
        "lead_form.enquiries",
        routes={"enquiry.ask": Closed.REFUSED, "enquiry.send": Closed.REFUSED, "enquiry.thanks": Closed.NO_SCHOOL},
    ),
)
