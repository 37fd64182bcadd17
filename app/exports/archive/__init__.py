"""Everything of a school in one file, and back: what travels, how it is written, and how it is read with suspicion."""
