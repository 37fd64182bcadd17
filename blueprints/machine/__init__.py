"""For machines: whether we live, and whether we are ready. Neither reads a session nor enters a school."""

from app.area import Area
from app.domain.closing import Closed, Door
from blueprints.machine.routes import pages

area = Area(
    pages,
    # what comes back and what nobody wants only takes away, also from a closed school
    doors=(Door("machine.webhooks", routes={"machine.webhook": Closed.TAKES_AWAY}),),
    in_school=False,
)
