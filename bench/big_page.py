"""How long report.html of ten thousand checks takes to be rendered, to open in a browser, and to be filtered.

Prints a median a line, as `bench` does; exit status 1 when one is over its limit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import big_report
from harness.evidence import load
from reports import html

CHECKS = 10_000
_RENDER, _OPEN, _FILTER = 5.0, 5.0, 0.1  # seconds
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Sets a filter as a reader does, and waits until the rows have been laid out and drawn.
_SET = """([name, value]) => new Promise((done) => {
  const field = document.getElementById("filters").elements[name], begun = performance.now();
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById("list").getBoundingClientRect();
  const handled = performance.now() - begun;
  requestAnimationFrame(() => setTimeout(() => done([handled, performance.now() - begun])));
})"""
_FILTERS = (("q", "reaches no backend"), ("q", "check-3 direct"), ("q", ""), ("area", "weights"), ("support", "core"),
            ("requirement", "matching.statement-1"), ("area", ""), ("requirement", ""), ("support", ""))  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, compare with the limits."""
    parser = argparse.ArgumentParser(prog="python -m bench.big_page", description="Measure a page of many checks.")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default: %(default)s)")
    runs = parser.parse_args(argv).runs
    with tempfile.TemporaryDirectory() as folder:
        report = big_report.write(Path(folder) / "report.jsonl", CHECKS)
        page = report.with_name(html.FILE)
        rendered = [_timed(lambda: page.write_text(html.render(load(report)), encoding="utf-8")) for _ in range(runs)]
        good = _tell(f"report.html of {CHECKS:,} checks, rendered", rendered, _RENDER)
        program = next(filter(None, map(shutil.which, _NAMES)), None)
        if program is None:
            print("skip  the page in a browser: no Chromium on this machine")  # noqa: T201
            return 0 if good else 1
        opened, filtered = _browse(program, page, runs)
    good &= _tell("the same, opened in Chromium", opened, _OPEN)
    good &= _tell("the same, filtered (the slowest of several filters)", filtered, _FILTER)
    return 0 if good else 1


def _timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def _browse(program: str, page: Path, runs: int) -> tuple[list[float], list[float]]:
    """Seconds until the page can be used, and until the slowest filter has shown its rows, of each run."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (an extra, and needed only where there is a browser)

    opened, filtered = [], []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(runs):
            tab = browser.new_page()
            begun = time.monotonic()
            tab.goto(page.as_uri())
            tab.locator("#list .check").first.wait_for()
            opened.append(time.monotonic() - begun)
            filtered.append(max(tab.evaluate(_SET, list(one))[0] for one in _FILTERS) / 1000)
            tab.close()
        browser.close()
    return opened, filtered


def _tell(title: str, seconds: Sequence[float], limit: float) -> bool:
    median = statistics.median(seconds)
    verdict = "ok  " if median <= limit else "OVER"
    spread = f"{min(seconds):.3f} to {max(seconds):.3f} s"
    load = f"load {os.getloadavg()[0]:.2f}"
    print(f"{verdict}  {title}: median {median:.3f} s, {spread}, limit {limit:g} s, {load}", flush=True)  # noqa: T201
    return median <= limit


if __name__ == "__main__":
    sys.exit(main())
