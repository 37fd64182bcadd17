"""The forms of reviews: the family's, and those of the school."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField

from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.forms import Form, at_most, one_line, required
from blueprints.reviews.families import Draft
from blueprints.reviews.words import RATINGS

LONGEST_BODY, LONGEST_NAME, LONGEST_ANSWER, LONGEST_WHY = 2000, 60, 1000, 300
TOO_LONG = N_("Too long: at most %(limit)s characters")


class ReviewForm(Form):
    """What a family says. Its link is the proof, so that it needs no cookie and no token."""

    class Meta(Form.Meta):
        csrf = False

    rating = RadioField(N_("What do you think of the school?"), [required(N_("Choose what you think of the school"))])
    body = TextAreaField(N_("What would you tell other families?"), [at_most(LONGEST_BODY, TOO_LONG)])
    shown_name = StringField(
        N_("Your name as it is shown"),
        [required(N_("Enter the name that is shown with your review")), at_most(LONGEST_NAME, TOO_LONG)],
        filters=[one_line],
    )
    consents = BooleanField(N_("The school may show my review, with this name, on its website"))

    def __init__(self, draft: Draft | None, name: str) -> None:
        said = {**draft._asdict(), "rating": str(draft.rating)} if draft else {"shown_name": name}
        super().__init__(data=said)
        self.rating.choices = [(str(number), speech().gettext(label)) for number, label in RATINGS.items()]

    @property
    def draft(self) -> Draft:
        """What a valid form says."""
        body = (self.body.data or "").replace("\r\n", "\n")
        return Draft(int(self.rating.data), body, self.shown_name.data, bool(self.consents.data))


class DecisionForm(Form):
    """What every deed on a review carries: the revision that was read."""

    revision = HiddenField()

    @property
    def read(self) -> int:
        """The revision, -1 for what is none."""
        text = self.revision.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


class HideForm(DecisionForm):
    """Why a review is not shown."""

    why = StringField(
        N_("Why is it not shown?"),
        [required(N_("Enter why the review is not shown")), at_most(LONGEST_WHY, TOO_LONG)],
        filters=[one_line],
    )


class AnswerForm(DecisionForm):
    """The school's answer; an empty one takes it away."""

    answer = TextAreaField(N_("Answer of the school"), [at_most(LONGEST_ANSWER, TOO_LONG)])

    @property
    def text(self) -> str:
        """The answer, with the line ends of every browser made alike."""
        return (self.answer.data or "").replace("\r\n", "\n")
