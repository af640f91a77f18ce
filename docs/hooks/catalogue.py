"""What MkDocs calls while it builds the site; the work is done in ``cli.site``."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from cli.site import build


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the catalogue, and the files of the repository that pages link to."""
    scenarios = build.catalogue()
    for place, markdown in build.generated(scenarios):
        files.append(File.generated(config, place, content=markdown))
    for file in list(files.documentation_pages()):
        if file.generated_by:
            continue
        try:
            markdown, wanted = build.linked(file.content_string, file.src_uri)
        except ValueError as error:
            raise PluginError(str(error)) from None
        markdown = build.checks_linked(markdown, file.src_uri, scenarios)
        file.content_string = build.without_contents(markdown) if file.src_uri in build.WIDE else markdown
        for name in wanted:
            place = f"{build.SOURCES}/{name}{'.txt' if name.endswith(('.py', '.md')) else ''}"
            if files.get_file_from_path(place) is None:
                content = Path(build.ROOT, name).read_text(encoding="utf-8")
                files.append(File.generated(config, place, content=content))
    return files
