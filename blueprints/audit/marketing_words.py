"""What the audit log calls what is done in marketing and on the website: part of `words`, which would be too long with it."""

from __future__ import annotations

from app.i18n.catalogue import N_

#: action -> words
ACTIONS = {
    "leads.add": N_("A lead came"),
    "leads.edit": N_("Changed the details of a lead"),
    "leads.stage": N_("Gave a lead another stage"),
    "leads.assign": N_("Said who looks after a lead"),
    "leads.step": N_("Planned the next step of a lead"),
    "leads.note": N_("Wrote a note about a lead"),
    "leads.reply": N_("Noted an answer to a lead"),
    "leads.archive": N_("Archived a lead"),
    "leads.bring_back": N_("Brought a lead back"),
    "leads.merge": N_("Merged two leads"),
    "leads.convert": N_("Enrolled the child of a lead"),
    "leads.unsubscribe": N_("A lead is written to no more"),
    "leads.resubscribe": N_("A lead may be written to again"),
    "leads.copy": N_("Downloaded a copy of all that is held about a lead"),
    "leads.erase": N_("Erased a lead"),
    "leads.keep": N_("Changed how long leads are kept"),
    "lead_form.open": N_("Opened the enquiry form"),
    "lead_form.close": N_("Closed the enquiry form"),
    "lead_form.change": N_("Changed the enquiry form"),
    "lead_form.publish_consent": N_("Published another text of consent of the enquiry form"),
    "referrals.make_code": N_("Made a code for a family"),
    "referrals.close_code": N_("Closed the code of a family"),
    "referrals.attribute": N_("Counted a lead for the code of a family"),
    "referrals.withdraw": N_("Withdrew a referral"),
    "referrals.move": N_("Moved a referral to the lead that stays"),
    "referrals.grant": N_("Granted a reward"),
    "referrals.pay": N_("Paid out a reward"),
    "referrals.take_back": N_("Took a reward back"),
    "follow_ups.add_template": N_("Wrote a template for follow-ups"),
    "follow_ups.edit_template": N_("Changed a template for follow-ups"),
    "follow_ups.retire_template": N_("Retired a template for follow-ups"),
    "follow_ups.use_template": N_("Used a template for follow-ups again"),
    "follow_ups.edit": N_("Edited a follow-up"),
    "follow_ups.restore": N_("Gave a follow-up the words of its template again"),
    "follow_ups.approve": N_("Approved a follow-up"),
    "follow_ups.send": N_("A follow-up that was approved was sent"),
    "follow_ups.by_hand": N_("Marked a follow-up as sent by hand"),
    "follow_ups.dismiss": N_("Dismissed a follow-up"),
    "marketing.settings": N_("Changed the settings of marketing"),
}
#: kind of target -> the endpoint that shows it
PAGES = {
    "lead": "leads.show_lead",
    "referral": "referrals.show_referral",
    "follow_up_template": "follow_up_templates.show_template",
}
#: kind of target -> what those are called in a filter
KINDS = {"lead": N_("Leads"), "referral": N_("Referrals"), "follow_up_template": N_("Templates of follow-ups")}
#: the first part of an action -> what the area is called
AREAS = {
    "leads": N_("Leads"),
    "lead_form": N_("Enquiry form"),
    "referrals": N_("Referrals"),
    "follow_ups": N_("Follow-ups"),
    "marketing": N_("Marketing"),
}
