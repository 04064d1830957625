"""Sphinx's configuration for one edition of the site; `scripts/site/build.ts` puts the sources beside it."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
EDITION = os.environ["GPT_SITE_EDITION"]
TWINS = set(os.environ["GPT_SITE_TWINS"].split())

project = "GPT in TypeScript"
author = "the authors of GPT in TypeScript"
project_copyright = "MIT licence"
language = {"en": "en", "pt": "pt_BR"}[EDITION]

extensions = ["myst_nb"]
exclude_patterns = ["theme"]
templates_path = ["theme/templates"]
html_static_path = ["_static", "theme/static"]
html_css_files = ["gpt.css", "gpt-widgets.css", "gpt-writing.css"]
# The scripts, 18 MB, are there once, in the English edition.
html_js_files = [("gpt-site.js" if EDITION == "en" else "../../_static/gpt-site.js", {"defer": "defer"})]
html_title = project
html_logo = "theme/static/logo.svg"
html_favicon = "theme/static/logo.svg"
html_copy_source = False
html_show_sourcelink = False
# Summaries are fetched, which a page opened from a folder may not do.
html_show_search_summary = False
html_context = {"default_mode": "auto"}
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "logo": {"text": project},
    "search_bar_text": {"en": "Search", "pt": "Buscar"}[EDITION],
    "navbar_align": "left",
    "navbar_end": ["language", "theme-switcher"],
    "navbar_persistent": ["search-button"],
    "article_header_start": [],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["footer"],
    "footer_end": [],
    "show_nav_level": 1,
    "navigation_with_keys": False,
    "back_to_top_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "search": [], "try/*": []}

# The outputs are committed: nothing is run here.
nb_execution_mode = "off"
nb_merge_streams = True
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath", "attrs_inline"]
myst_dmath_double_inline = True
suppress_warnings = ["myst.header", "misc.highlighting_failure", "mystnb.unknown_mime_type"]


def visit_inline(self, node):
    """The formula as it is: `scripts/site/build.ts` sets it with KaTeX afterwards."""
    formula(self, node, "span")


def visit_block(self, node):
    formula(self, node, "div")


def formula(self, node, tag):
    from docutils import nodes

    self.body.append(f'<{tag} class="gpt-math">{self.encode(node.astext())}</{tag}>')
    raise nodes.SkipNode


def add_twin(app, pagename, templatename, context, doctree):
    """Where this page is in the other language: the same page, else that edition's first."""
    other = {"en": "pt", "pt": "en"}[EDITION]
    up = "../" * pagename.count("/")
    folder = up + "pt/" if EDITION == "en" else up + "../"
    context["gpt_twin"] = folder + (pagename if pagename in TWINS else "index") + ".html"
    context["gpt_twin_language"] = {"en": "en", "pt": "pt-BR"}[other]
    context["gpt_editions"] = os.environ["GPT_SITE_EDITIONS"].split()
    context["gpt_edition"] = EDITION


def setup(app):
    app.add_html_math_renderer("gpt", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None))
    app.connect("html-page-context", add_twin)
    # The theme speaks no Portuguese yet.
    for po in HERE.glob("theme/locale/*/LC_MESSAGES/sphinx.po"):
        with po.open("rb") as source, po.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(source))
    app.add_message_catalog("sphinx", str(HERE / "theme" / "locale"))


html_math_renderer = "gpt"
