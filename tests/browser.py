"""A headless Chromium, spoken to over its DevTools port."""

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.websocket import websocket_connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")

OPTIONS = [
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
    ),
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"),
    "--remote-debugging-port=0",
]


class Page:
    """A page in a browser, and all that it complained of."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Any) -> None:
        self._loop = loop
        self._socket = socket
        self._count = 0
        self.complaints: list[Any] = []

    def ask(self, method: str, **params: Any) -> Any:
        """What a command of the DevTools protocol gives."""
        return self._loop.run_until_complete(self._ask(method, params))

    async def _ask(self, method: str, params: Any) -> Any:
        self._count += 1
        number = self._count
        message = {"id": number, "method": method, "params": params}
        await self._socket.write_message(json.dumps(message))
        while True:
            answer = json.loads(await self._socket.read_message())
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self._hear(answer)

    def _hear(self, event: Any) -> None:
        method, params = event["method"], event["params"]
        is_error = params.get("type") == "error"
        if method == "Runtime.consoleAPICalled" and not is_error:
            return
        if method == "Log.entryAdded" and params["entry"]["level"] != "error":
            return
        if method in (
            *("Runtime.consoleAPICalled", "Runtime.exceptionThrown"),
            "Log.entryAdded",
        ):
            self.complaints.append(params)

    def open(self, address: str, width: int = 1300, height: int = 900) -> None:
        """Load a page, in a window of that size."""
        for domain in ("Runtime", "Log", "Page"):
            self.ask(f"{domain}.enable")
        size = {"width": width, "height": height}
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            **size,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.ask("Page.navigate", url=address)

    def value(self, expression: str) -> Any:
        """What JavaScript says that this is."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def make_dark(self) -> None:
        """Prefer dark colours from now on."""
        dark = [{"name": "prefers-color-scheme", "value": "dark"}]
        self.ask("Emulation.setEmulatedMedia", features=dark)

    def screenshot(self, file: Path) -> None:
        """Save what can be seen, as PNG."""
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """An empty page in a browser of its own, whose profile is in an empty folder."""
    process = subprocess.Popen(
        [str(PROGRAM), *OPTIONS, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    loop = asyncio.new_event_loop()
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("DevTools listening on "):
                break
        browser = line.split()[-1]
        page = loop.run_until_complete(_first_page(browser))
        yield Page(loop, page)
        loop.run_until_complete(_close(page))
    finally:
        process.terminate()
        process.communicate(timeout=20)
        loop.close()


async def _close(socket: Any) -> None:
    socket.close()


async def _first_page(browser: str) -> Any:
    """The connection to the page that the browser begins with."""
    socket = await websocket_connect(browser)
    await socket.write_message(json.dumps({"id": 1, "method": "Target.getTargets"}))
    while "result" not in (answer := json.loads(str(await socket.read_message()))):
        pass
    [target] = [t for t in answer["result"]["targetInfos"] if t["type"] == "page"]
    socket.close()
    place = browser.partition("/devtools/")[0]
    return await websocket_connect(
        f"{place}/devtools/page/{target['targetId']}", max_message_size=1 << 26
    )
