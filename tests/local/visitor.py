"""Somebody with a browser, over real HTTP."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar


class Visitor:
    """Keeps cookies, and sends the hidden fields of the page that it was on."""

    def __init__(self, root: str) -> None:
        self.root, self.page = root, ""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.root + path))

    def post(self, path: str, **fields: str) -> str:
        hidden = dict(re.findall(r'<input type="hidden" name="(csrf_token|_school)" value="([^"]*)"', self.page))
        return self._open(urllib.request.Request(self.root + path, urllib.parse.urlencode(hidden | fields).encode()))

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self.opener.open(request, timeout=20) as answer:
                self.page = answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{error.code} for {request.full_url}:\n{error.read().decode()[-3000:]}") from None
        return self.page
