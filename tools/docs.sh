#!/usr/bin/env bash
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
#
# Builds the documentation as a site, target/docs/site, with MkDocs (Debian's package mkdocs). It fails when a page is not in
# the navigation, or a link leads nowhere: to a file of the repository, a page, or a heading.
#
#   tools/docs.sh

set -euo pipefail
export LC_ALL=C.UTF-8

ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
TARGET="$ROOT/target/docs"

command -v mkdocs >/dev/null || {
    echo "docs: mkdocs is missing: apt install mkdocs" >&2
    exit 1
}
rm -rf -- "$TARGET"
mkdir -p "$TARGET/source"
# The pages at their places in the repository, with all that they link to.
cd -- "$ROOT"
cp --parents -r -- *.md LICENSE docs api/src/main/yang "$TARGET/source"
mkdocs build --config-file "$ROOT/docs/mkdocs.yml" >"$TARGET/log" 2>&1 || { cat "$TARGET/log" >&2; exit 1; }
if grep -A 20 'not included in the "nav"' "$TARGET/log" >&2; then
    echo "docs: add it to docs/mkdocs.yml" >&2
    exit 1
fi
python3 "$ROOT/tools/check-links.py" "$TARGET/site"
echo "docs: $TARGET/site/index.html"
