"""A real browser for the pages that mailbot writes: Chromium without a window, spoken to over its own pipe.

The DevTools protocol over two file descriptors needs no port, no driver and no library: one JSON object, one NUL.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

# Nothing of Chromium's own may go out, and no profile is left behind.
_OPTIONS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE: Final = 60.0  # seconds: two cores may be shared by many
_LOOK: Final = ("Page.enable", "Runtime.enable", "Log.enable", "Network.enable")


def chromium() -> str | None:
    """The installed browser, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Page:
    """One page in one tab. Complaints and requests gather from the first moment on."""

    browser: "Browser"
    session: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, file: Path) -> None:
        self._ask("Page.navigate", url=file.as_uri())
        self.browser.wait_for(self.session, "Page.loadEventFired")

    def size(self, width: int, height: int = 900) -> None:
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip

    def scheme(self, name: str, medium: str = "") -> None:
        """Light or dark, as the person set his system; `medium` is "print" to see what goes to paper."""
        self._ask(
            "Emulation.setEmulatedMedia", media=medium, features=[{"name": "prefers-color-scheme", "value": name}]
        )

    def run(self, script: str) -> Any:
        answer = self._ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """The whole page as PNG."""
        return base64.b64decode(self._ask("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def print(self) -> bytes:
        """The page as PDF, on the paper that it asks for."""
        asked = self._ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        return base64.b64decode(asked["data"])

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.ask(method, self.session, **parameters)


class Browser:
    """Chromium at the other end of a pipe."""

    def __init__(self, to_it: int, from_it: int) -> None:
        self._to_it, self._from_it = to_it, from_it
        self._number = 0
        self._unread = b""
        self._events: list[dict[str, Any]] = []
        self._pages: dict[str, Page] = {}

    def new_page(self) -> Page:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for method in _LOOK:
            self.ask(method, session)
        return page

    def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._number += 1
        question = {"id": self._number, "method": method, "params": parameters}
        os.write(self._to_it, json.dumps(question | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, told["error"]
                answer: dict[str, Any] = told["result"]
                return answer

    def wait_for(self, session: str, method: str) -> None:
        while not any(event["method"] == method and event.get("sessionId") == session for event in self._events):
            self._next()
        self._events.clear()

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from_it], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser is silent"
            more = os.read(self._from_it, 1 << 20)
            assert more, "the browser is gone"
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        if "method" in told:
            self._heard(told)
        return told

    def _heard(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        page = self._pages.get(event.get("sessionId", ""))
        if page is None:
            return
        match event["method"]:
            case "Network.requestWillBeSent":
                page.requests.append(event["params"]["request"]["url"])
            case "Runtime.exceptionThrown":
                page.complaints.append(str(event["params"]["exceptionDetails"]["text"]))
            case "Runtime.consoleAPICalled":
                page.complaints.append(str(event["params"]["args"]))
            case "Log.entryAdded":
                page.complaints.append(str(event["params"]["entry"]["text"]))


@contextmanager
def a_browser(program: str) -> Iterator[Browser]:
    """Start it with an empty profile, and end it."""
    it_reads, we_write = os.pipe()
    we_read, it_writes = os.pipe()
    # the pipe is wanted as descriptors 3 and 4; numbers above 9 are in nobody's way
    reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (it_reads, it_writes))
    for end in (it_reads, it_writes):
        os.close(end)
    start = f'exec "$0" "$@" 3<&{reading} 4>&{writing} {reading}<&- {writing}>&-'
    with tempfile.TemporaryDirectory(prefix="mailbot-browser-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            ["bash", "-c", start, program, *_OPTIONS, f"--user-data-dir={profile}"],
            pass_fds=(reading, writing),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reading)
        os.close(writing)
        try:
            yield Browser(we_write, we_read)
        finally:
            process.terminate()
            process.wait(timeout=20)
            os.close(we_write)
            os.close(we_read)
