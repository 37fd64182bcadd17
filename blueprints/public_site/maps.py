"""The sitemap of a website: each page once a language, and what it is in the others (sitemaps.org, hreflang)."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from app.domain.site.document import SiteDocument

TYPE = "application/xml; charset=utf-8"
_MAP, _XHTML = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/1999/xhtml"
#: what the whole host says to search engines: schools' websites may be read, the rest is for people who sign in
ROBOTS = "User-agent: *\nAllow: /s/\nAllow: /static/\nAllow: /logos/\nDisallow: /s/*/preview/\nDisallow: /\n"


def sitemap(document: SiteDocument, root: str) -> bytes:
    """The map of the pages that are shown; `root` is the whole address of the website, without a slash at its end."""
    urls = ET.Element("urlset", {"xmlns": _MAP, "xmlns:xhtml": _XHTML})
    for page in document.shown:
        for language in document.languages:
            url = ET.SubElement(urls, "url")
            ET.SubElement(url, "loc").text = f"{root}/{language}/{page.slug}"
            for code in document.languages:
                ET.SubElement(url, "xhtml:link", rel="alternate", hreflang=code, href=f"{root}/{code}/{page.slug}")
            ET.SubElement(url, "xhtml:link", rel="alternate", hreflang="x-default", href=f"{root}/{page.slug}")
    written: bytes = ET.tostring(urls, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
