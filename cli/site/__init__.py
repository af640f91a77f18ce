"""The generated part of the documentation site: a page for each scenario, with a diagram of who calls whom.

``graph`` finds out who calls whom, ``diagram`` draws it, ``pages`` writes Markdown, ``build`` hands it all to MkDocs.
"""
