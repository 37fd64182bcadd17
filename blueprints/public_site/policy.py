"""What browsers are told of a school's website: a policy of its own, stricter than the product's, and how long to keep what."""

from __future__ import annotations

#: no script at all, nothing from another site, in no frame; forms go to this site. Nothing of ours asks in the background: that
#: is for tools that look at a page from within and read robots.txt, as Lighthouse does
CSP = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
POLICY = ("Content-Security-Policy", CSP)
#: a page: whoever keeps it asks each time whether it still holds
ASK_EACH_TIME = ("Cache-Control", "public, max-age=0, must-revalidate")
#: what never changes at its address
FOR_EVER = ("Cache-Control", "public, max-age=31536000, immutable")
#: what depends on who asks, or is for one person
NOT_KEPT = ("Cache-Control", "no-store")
#: what search engines leave alone
UNLISTED = ("X-Robots-Tag", "noindex, nofollow, noarchive")
