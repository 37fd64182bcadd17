"""Leads: people who ask about a place at the school, from their first word to a place in a class, or to being forgotten."""
