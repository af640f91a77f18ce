"""The matrix of defects and checks: what turns red under which defect, and that no harmless variation does so.

``python -m mutants`` (`tox -e mutants`) keeps a few labs running and switches each from defect to defect. What is to be
played is decided before anything is started (`tasks`), played by one process a lab (`crew`, `site`), kept as it comes
(`journal`), and judged at the end, from what was kept alone (`matrix`).
"""
