"""A fresh server and a real Chromium for journeys through the dashboard."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
READY = (
    '[data-testid="stApp"][data-test-script-state="notRunning"]'
    '[data-test-connection-state="CONNECTED"]'
)
# no placeholder stands where a chart will, and every chart has its drawing
DRAWN = """() => !document.querySelector('[data-testid="stSkeleton"]')
    && [...document.querySelectorAll('[data-testid="stPlotlyChart"]')]
        .every((chart) => chart.querySelector('.main-svg'))"""
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Server:
    """One Streamlit process and its log."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
        command += ["--server.address=127.0.0.1", "--server.fileWatcherType=none"]
        with log.open("w") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                    if answer.read() == b"ok":
                        return
            except (URLError, OSError):
                time.sleep(0.1)
        pytest.fail(f"the server did not start: {log.read_text()}")

    def stop(self) -> None:
        """Stop it; a rendered page can hide an error that stands in the log alone."""
        self.process.terminate()
        self.process.wait(10)
        assert "Traceback" not in self.log.read_text(), self.log.read_text()[-3000:]


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server") / "log.txt")
    yield running
    running.stop()


@pytest.fixture
def cold_server(tmp_path):
    """A server that has answered no page yet."""
    running = Server(tmp_path / "log.txt")
    yield running
    running.stop()


class Visitor:
    """One browser window on the dashboard, watched for errors and for foreign requests."""

    def __init__(self, browser, url: str, **options) -> None:
        options = {"viewport": DESK, "reduced_motion": "reduce", "locale": "en-US"} | options
        self.url = url
        self.context = browser.new_context(
            base_url=url, timezone_id=options.pop("timezone_id", "America/New_York"), **options
        )
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.foreign: list[str] = []
        own = (url, url.replace("http", "ws"), "data:", "blob:")
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "request",
            lambda request: (
                None if request.url.startswith(own) else self.foreign.append(request.url)
            ),
        )

    def open(self, path: str = "/") -> None:
        self.page.goto(path)
        self.page.locator("h1").first.wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and nothing is queued behind it."""
        self.page.wait_for_selector(READY)
        self.page.wait_for_timeout(300)  # what a click set off may only be starting
        self.page.wait_for_selector(READY)

    def go(self, title: str) -> None:
        """Open a page by its name in the menu."""
        self.page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
        self.page.wait_for_timeout(150)
        self.settle()

    def headline(self) -> str:
        return self.page.locator("h1").first.inner_text()

    def text(self) -> str:
        return self.page.get_by_test_id("stMain").inner_text()

    def figures(self) -> list[str]:
        """Return every dollar amount on the page, in order, once charts have drawn theirs."""
        self.page.wait_for_function(DRAWN)
        seen: list[list[str]] = []
        while len(seen) < 5 or any(seen[-1] != earlier for earlier in seen[-5:]):
            assert len(seen) < 100, "the page does not come to rest"
            seen.append(re.findall(r"\u2212?\$[\d,.]+(?: m)?", self.text()))
            self.page.wait_for_timeout(200)
        return seen[-1]

    def type_in_cell(self, row: int, column: int, text: str) -> None:
        """Type into a cell of the position table; row from 0, column from 1."""
        table = self.page.get_by_test_id("stDataFrame").first
        table.locator("#glide-cell-1-0").wait_for(state="attached")
        self.page.wait_for_timeout(200)
        box = table.locator("canvas").first.bounding_box()
        self.page.mouse.click(box["x"] + 60, box["y"] + 45)
        table.locator("#glide-cell-1-0[aria-selected=true]").wait_for(state="attached")
        for key, times in (("ArrowRight", column - 1), ("ArrowDown", row)):
            for _ in range(times):
                self.page.keyboard.press(key)
        table.locator(f"#glide-cell-{column}-{row}[aria-selected=true]").wait_for(state="attached")
        self.page.keyboard.press("Enter")
        editor = '[data-testid="portal"] input, [data-testid="portal"] textarea'
        self.page.locator(editor).first.wait_for()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.wait_for_timeout(120)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(250)
        self.settle()

    def close(self) -> None:
        assert not self.errors, self.errors
        assert not self.foreign, self.foreign
        assert self.page.get_by_test_id("stException").count() == 0
        self.context.close()


@pytest.fixture
def visitors(chromium, server):
    """Return a maker of windows on the shared server; each is checked when it closes."""
    opened: list[Visitor] = []

    def visit(url: str = server.url, **options) -> Visitor:
        opened.append(Visitor(chromium, url, **options))
        return opened[-1]

    yield visit
    for visitor in opened:
        visitor.close()


@pytest.fixture
def visitor(visitors):
    return visitors()
