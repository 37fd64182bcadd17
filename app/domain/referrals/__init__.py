"""Families who send other families: codes, which enquiry counts for which, and the ledger of what the school gave for it."""
