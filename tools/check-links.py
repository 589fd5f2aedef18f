# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Checks a site of HTML pages: each link within it leads to a file and, with a fragment, to something of that name.

check-links.py DIRECTORY
"""

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page links to, and what of it can be linked to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links and names."""
        for name, value in attrs:
            if value and (name in ("href", "src")):
                self.links.append(value)
            if value and (name == "id" or (tag == "a" and name == "name")):
                self.names.add(value)


@cache
def page(file: Path) -> Page:
    """A page, read once."""
    return Page(file)


def wrong(site: Path, file: Path, link: str) -> str:
    """Why the link of a page does not lead anywhere; empty when it does, or leaves the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_relative_to(site):
        return "leads out of the site"
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "there is no such file"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in page(target).names:
        return "there is no such heading"
    return ""


def main() -> int:
    """Check all pages, and tell what is wrong."""
    site = Path(sys.argv[1]).resolve()
    # The page for what is not found is served at every path.
    pages = [file for file in sorted(site.rglob("*.html")) if file.name not in ("404.html", "search.html")]
    found = [
        f"{file.relative_to(site)}: {link}: {why}"
        for file in pages
        for link in page(file).links
        if (why := wrong(site, file, link))
    ]
    sys.stderr.writelines(f"check-links: {line}\n" for line in found)
    if not pages:
        sys.stderr.write(f"check-links: no page in {site}\n")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
