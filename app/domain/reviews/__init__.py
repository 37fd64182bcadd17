"""Reviews of a school by its families: whom it may ask, and what the website shows of what they said."""
