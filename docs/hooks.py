"""What the site does to pages: the repository's own are added, links out of docs/ are mended."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
ADDED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages that lie at the root of the repository, and what they are called on the site."""
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the root."""
    for path, page in ADDED.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Make links of the repository links of the site; what is not on it is named instead."""
    uri = page.file.src_uri
    here = next((path for path, name in ADDED.items() if name == uri), f"docs/{uri}")

    def mended(link: re.Match[str]) -> str:
        text, target, anchor = link.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
        if not (ROOT / path).exists():
            raise PluginError(f"{here}: the link {target} leads nowhere")
        name = ADDED.get(path, path.removeprefix("docs/"))
        if path in ADDED or (path.startswith("docs/") and files.get_file_from_path(name)):
            return (
                f"[{text}]({posixpath.relpath(name, posixpath.dirname(uri) or '.')}{anchor or ''})"
            )
        return f"`{path}`" if text == path else f"{text} (`{path}`)"

    return _LINK.sub(mended, markdown)
