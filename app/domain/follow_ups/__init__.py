"""Follow-ups: what a school writes to those who asked, made from templates, approved by a person, and never sent by itself."""
