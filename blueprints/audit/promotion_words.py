"""What the audit log calls what is done with reviews, posters and cards: part of `words`, which would be too long with it."""

from __future__ import annotations

from app.i18n.catalogue import N_

#: action -> words
ACTIONS = {
    "reviews.ask": N_("Asked somebody for a review"),
    "reviews.send": N_("Sent somebody the question for a review"),
    "reviews.not_sent": N_("The question for a review could not be sent"),
    "reviews.try_again": N_("Tried to send the question for a review again"),
    "reviews.remind": N_("Reminded somebody of a review"),
    "reviews.give": N_("A family wrote a review"),
    "reviews.change": N_("A family changed its review"),
    "reviews.withdraw": N_("A family took its review back"),
    "reviews.show": N_("Decided to show a review"),
    "reviews.hide": N_("Decided not to show a review"),
    "reviews.answer": N_("Changed the answer to a review"),
    "promotion.add": N_("Made a poster, flyer or card"),
    "promotion.edit": N_("Changed a poster, flyer or card"),
    "promotion.draw": N_("Drew a poster, flyer or card anew"),
    "promotion.remove": N_("Removed a poster, flyer or card"),
    "promotion.remove_drawing": N_("Removed an old drawing of a poster, flyer or card"),
}
#: kind of target -> the endpoint that shows it
PAGES = {"review": "reviews.show_review", "promotion_asset": "promotion.show_asset"}
#: kind of target -> what those are called in a filter
KINDS = {
    "review": N_("Reviews"),
    "promotion_asset": N_("Posters and cards"),
    "promotion_drawing": N_("Drawings of posters and cards"),
}
#: the first part of an action -> what the area is called
AREAS = {"reviews": N_("Reviews"), "promotion": N_("Posters and cards")}
