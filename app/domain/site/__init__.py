"""The website of a school as a document: pages made of blocks, drafts, versions, and what keeps a bad page from the public.

`blocks` says which kinds of blocks there are, `document` what a whole site is, `editing` how one becomes another, `checks` why
one may not be published. Text of people is never HTML: `markup` reads it into paragraphs, lists, bold words and links.
"""
