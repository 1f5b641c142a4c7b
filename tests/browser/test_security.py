"""Pages of other sites attack the studio from the user's own browser, cookie and all.

Other sites are here: another name of this machine, another port of the same name (to which the
browser sends the studio's cookie), and a name that was made to point at this machine.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .conftest import Studio, chromium

REBOUND = "rebound.example"


@dataclass
class Evil:
    """A server of another site: what it serves, and the headers of what it was asked."""

    port: int
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serves(self, text: str) -> str:
        """The path at which a page is served from now on."""
        path = f"/{len(self.pages)}.html"
        self.pages[path] = text
        return path


@pytest.fixture(scope="module")
def evil() -> Iterator[Evil]:
    """A server of pages that attack the studio."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            text = site.pages.get(urlsplit(self.path).path, "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Evil(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium in which a name of another site points at this machine."""
    with chromium(f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1") as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, studio: Studio) -> Iterator[BrowserContext]:
    """A browser whose user has opened the studio."""
    context = browser.new_context()
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(studio.address)
    expect(page).to_have_title("Look · Striate")
    page.close()
    assert [cookie["name"] for cookie in context.cookies()] == [f"striate-{port_of(studio)}"]
    yield context
    context.close()


def port_of(studio: Studio) -> int:
    port = urlsplit(studio.address).port
    assert port
    return port


ATTACK = """<!doctype html><body><script>
const studio = STUDIO;
const outcome = (name, promise) => promise.then(
  (got) => [name, got], (error) => [name, "refused"]);
const element = (tag, attributes) => new Promise((resolve, reject) => {
  const made = Object.assign(document.createElement(tag), attributes);
  made.onload = () => resolve("loaded");
  made.onerror = () => reject(new Error());
  document.body.append(made);
});
const read = async (options, path = "/") => {
  const answer = await fetch(studio + path, options);
  return answer.ok ? await answer.text() : "refused";
};
const socket = (protocols) => new Promise((resolve, reject) => {
  const made = new WebSocket(studio.replace("http", "ws") + "/socket", protocols);
  made.onopen = () => resolve("opened");
  made.onerror = () => reject(new Error());
});
const xhr = () => new Promise((resolve, reject) => {
  const made = new XMLHttpRequest();
  made.open("GET", studio + "/");
  made.withCredentials = true;
  made.onload = () => resolve(made.responseText);
  made.onerror = () => reject(new Error());
  made.send();
});
const sent = { credentials: "include", body: "x" };
const json = { "Content-Type": "application/json" };
window.done = Promise.all([
  outcome("fetch", read({ credentials: "include" })),
  outcome("fetch without cors", read({ credentials: "include", mode: "no-cors" })),
  outcome("fetch of a script", read({ credentials: "include" }, "/main.js")),
  outcome("post", read({ method: "POST", ...sent })),
  outcome("post without cors", read({ method: "POST", mode: "no-cors", ...sent })),
  outcome("post of json", read({ method: "POST", headers: json, ...sent })),
  outcome("put", read({ method: "PUT", ...sent })),
  outcome("xhr", xhr()),
  outcome("script", element("script", { src: studio + "/main.js" })),
  outcome("module", element("script", { src: studio + "/numbers.js", type: "module" })),
  outcome("image", element("img", { src: studio + "/icon.svg" })),
  outcome("style", element("link", { rel: "stylesheet", href: studio + "/style/base.css" })),
  outcome("import", import(studio + "/numbers.js").then(() => "imported")),
  outcome("socket", socket([])),
  outcome("worker", new Promise((resolve, reject) => {
    const made = new SharedWorker(studio + "/main.js");
    made.onerror = () => reject(new Error());
  })),
]);
navigator.sendBeacon(studio + "/", "x");
</script>"""


def attack(page: Page, studio: Studio, evil: Evil, host: str, target: str) -> dict[str, Any]:
    """What a page of another host gets from the studio, and what the studio answered it."""
    asked: dict[str, int | None] = {}
    answers: list[dict[str, Any]] = []

    def sent(event: dict[str, Any]) -> None:
        asked[event["requestId"]] = urlsplit(event["request"]["url"]).port

    def received(event: dict[str, Any]) -> None:
        answers.append(event)

    # What is answered below the page, which the browser keeps from it in any case.
    below = page.context.new_cdp_session(page)
    below.send("Network.enable")
    below.on("Network.requestWillBeSent", sent)
    below.on("Network.responseReceivedExtraInfo", received)
    text = ATTACK.replace("STUDIO", json.dumps(f"http://{target}:{port_of(studio)}"))
    page.goto(f"http://{host}:{evil.port}{evil.serves(text)}")
    outcomes: dict[str, Any] = dict(page.evaluate("window.done"))
    statuses = [
        answer["statusCode"]
        for answer in answers
        if asked.get(answer["requestId"]) == port_of(studio)
    ]
    assert len(statuses) > 8
    assert set(statuses) == {403}
    return outcomes


# The user is at 127.0.0.1; the second of these is "same site", and is sent the cookie.
SITES = [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), (REBOUND, "127.0.0.1")]


@pytest.mark.parametrize(
    ("host", "target"), [*SITES, (REBOUND, REBOUND), ("localhost", "localhost")]
)
def test_nothing_can_be_read_or_sent(
    context: BrowserContext, studio: Studio, evil: Evil, host: str, target: str
) -> None:
    outcomes = attack(context.new_page(), studio, evil, host, target)
    assert len(outcomes) == 15
    assert set(outcomes.values()) == {"refused"}


@pytest.mark.parametrize(("host", "target"), SITES)
def test_the_studio_is_in_no_frame(
    context: BrowserContext, studio: Studio, evil: Evil, host: str, target: str
) -> None:
    page = context.new_page()
    frame = f'<iframe src="http://{target}:{port_of(studio)}/"></iframe><p>after</p>'
    with page.expect_response(lambda answer: urlsplit(answer.url).port == port_of(studio)) as got:
        page.goto(f"http://{host}:{evil.port}{evil.serves(frame)}")
    assert got.value.status == 403
    assert page.frame_locator("iframe").locator("#tabs").count() == 0


@pytest.mark.parametrize(("host", "target"), SITES)
def test_a_form_is_not_taken(
    context: BrowserContext, studio: Studio, evil: Evil, host: str, target: str
) -> None:
    """A form may go anywhere, without a question before it."""
    page = context.new_page()
    form = f"""<form method="post" action="http://{target}:{port_of(studio)}/" enctype="text/plain">
        <input name="a" value="b" /></form><script>document.forms[0].submit()</script>"""
    page.goto(f"http://{host}:{evil.port}{evil.serves(form)}")
    expect(page.locator("body")).to_contain_text("The studio answers only its own page")


@pytest.mark.parametrize(("host", "target"), SITES)
def test_a_window_is_out_of_reach(
    context: BrowserContext, studio: Studio, evil: Evil, host: str, target: str
) -> None:
    """An address that another site chose is not opened, in case the page acts on its state."""
    page = context.new_page()
    page.goto(f"http://{host}:{evil.port}{evil.serves('<p>evil</p>')}")
    with context.expect_page() as opened:
        page.evaluate(
            "(address) => { window.other = open(address); }",
            f"http://{target}:{port_of(studio)}/#view=train",
        )
    expect(opened.value.locator("body")).to_contain_text("The studio answers only its own page")
    assert page.evaluate(
        "(() => { try { return other.document.title } catch { return 0 } })()"
    ) in (
        0,
        "",
    )


def test_a_name_made_to_point_here_shows_nothing(context: BrowserContext, studio: Studio) -> None:
    """To the browser such a page and the studio are of one origin: only the studio can tell."""
    page = context.new_page()
    for query in ("", f"?{urlsplit(studio.address).query}"):
        answer = page.goto(f"http://{REBOUND}:{port_of(studio)}/{query}")
        assert answer
        assert answer.status == 403
        expect(page.locator("body")).to_contain_text("open the address it printed")
        reached = page.evaluate("fetch('/main.js').then((answer) => answer.status)")
        assert reached == 403
        opened = """new Promise((resolve) => {
            const made = new WebSocket(`ws://${location.host}/socket`);
            made.onopen = () => resolve(true);
            made.onerror = () => resolve(false);
        })"""
        # This page's policy lets nothing out, so another of the name is needed for the socket.
        page.goto("about:blank")
        assert (
            page.evaluate(opened.replace("${location.host}", f"{REBOUND}:{port_of(studio)}"))
            is False
        )


def entries(page: Page) -> list[str]:
    """The addresses of the window's history."""
    kept: list[str] = page.evaluate("navigation.entries().map((entry) => entry.url)")
    return kept


def no_token_is_left(page: Page, studio: Studio) -> None:
    """That neither the page nor the browser's history has it."""
    token = urlsplit(studio.address).query.removeprefix("token=")
    assert len(token) >= 32
    assert token not in page.url
    assert token not in "".join(entries(page))
    seen = page.evaluate(
        """JSON.stringify([
            document.cookie, document.referrer, {...localStorage}, {...sessionStorage},
            performance.getEntries().map((entry) => entry.name),
            document.documentElement.outerHTML,
        ])"""
    )
    assert token not in seen


def test_the_token_stays_nowhere(browser: Browser, studio: Studio) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{studio.address}#view=train")
    expect(page).to_have_title("Train · Striate")  # the state came through
    no_token_is_left(page, studio)
    context.close()


def test_a_link_in_another_site_leads_in(browser: Browser, studio: Studio, evil: Evil) -> None:
    """A mail or chat in the browser, say, or a terminal in it."""
    context = browser.new_context()
    page = context.new_page()
    link = f'<a href="{studio.address}">The studio</a>'
    page.goto(f"http://localhost:{evil.port}{evil.serves(link)}")
    page.get_by_role("link").click()
    expect(page).to_have_title("Look · Striate")
    no_token_is_left(page, studio)
    context.close()


def test_the_file_that_is_opened_at_the_start_leads_in(
    browser: Browser, studio: Studio, tmp_path: Path
) -> None:
    from striate.studio.opening import leading_page

    context = browser.new_context()
    page = context.new_page()
    (tmp_path / "start.html").write_text(leading_page(studio.address), encoding="utf-8")
    page.goto((tmp_path / "start.html").as_uri())
    expect(page).to_have_title("Look · Striate")
    no_token_is_left(page, studio)
    context.close()


def test_where_the_user_goes_next_hears_nothing(
    context: BrowserContext, studio: Studio, evil: Evil
) -> None:
    page = context.new_page()
    page.goto(studio.address)
    expect(page).to_have_title("Look · Striate")
    path = evil.serves("<p>elsewhere</p>")
    page.evaluate(
        """(href) => {
            const link = Object.assign(document.createElement("a"), { href, textContent: "go" });
            document.querySelector("main").append(link);
            link.click();
        }""",
        f"http://localhost:{evil.port}{path}",
    )
    expect(page.locator("body")).to_contain_text("elsewhere")
    (headers,) = [headers for asked, headers in evil.asked if asked == path]
    assert not {"referer", "cookie", "origin"} & {name.lower() for name in headers}
    assert page.evaluate("document.referrer") == ""


def test_markup_that_slips_in_does_nothing(
    context: BrowserContext, studio: Studio, evil: Evil
) -> None:
    """Should a text ever become markup: no script in it runs, and nothing is sent anywhere."""
    page = context.new_page()
    page.goto(studio.address)
    expect(page).to_have_title("Look · Striate")
    before = len(evil.asked)
    page.evaluate(
        """(site) => {
            document.querySelector("main").insertAdjacentHTML("beforeend", `
                <img src="nothing" onerror="window.harmed = 1">
                <svg onload="window.harmed = 2"></svg>
                <iframe srcdoc="<script>parent.harmed = 3</script>"></iframe>
                <iframe src="javascript:parent.harmed = 4"></iframe>
                <a id="link" href="javascript:window.harmed = 5">x</a>
                <form id="form" action="${site}/form"><input name="a" value="b"></form>
                <img src="${site}/image"><link rel="stylesheet" href="${site}/style">
                <base href="${site}/">`);
            document.getElementById("link").click();
            document.getElementById("form").submit();
            for (const src of [`${site}/script`, "data:text/javascript,window.harmed = 6"]) {
                document.body.append(Object.assign(document.createElement("script"), { src }));
            }
            fetch(`${site}/fetch`).catch(() => {});
            try { new WebSocket(site.replace("http", "ws")); } catch {}
            navigator.sendBeacon(`${site}/beacon`, "x");
        }""",
        f"http://localhost:{evil.port}",
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.harmed") is None
    assert page.evaluate("document.baseURI").startswith(f"http://127.0.0.1:{port_of(studio)}/")
    assert evil.asked[before:] == []


def test_without_the_start_address_there_is_no_way_in(browser: Browser, studio: Studio) -> None:
    context = browser.new_context()
    page = context.new_page()
    origin = f"http://127.0.0.1:{port_of(studio)}"
    for path in ("/", "/main.js", "/?token=" + "x" * 32):
        answer = page.goto(origin + path)
        assert answer
        assert answer.status == 401
        expect(page.locator("body")).to_contain_text("it holds the token")
    context.close()
