"""Posters, flyers and social cards: drawn from a school's words, its logo and a theme, the same on every machine."""
