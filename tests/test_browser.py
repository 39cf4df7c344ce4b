"""The page in a browser: it is whole, silent, answers to clicks and keys, and takes nothing from data for markup."""

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harsanyi import Interactions, Plan, Study
from harsanyi.report import page as page_module
from harsanyi.report.explorer import explorer
from harsanyi.report.highlights import Highlight, warning
from harsanyi.report.own import own_page
from harsanyi.report.page import Section, render_page
from harsanyi.report.study_folder import ask_study, study_page
from harsanyi.training import TrainingPlan

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")
HOSTILE = ("<script>alert(1)</script>", "<b>bold</b>", '"><img src=x onerror=alert(2)>')


@pytest.fixture(scope="module")
def browser():
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def with_few_pictures(page):
    """A page with a picture and a card a section: each takes its time to draw."""
    return replace(page, sections=[
        replace(section, wide=section.wide[:1], pictures=(), cards=section.cards[:1]) for section in page.sections
    ])  # fmt: skip


@pytest.fixture(scope="module")
def whole_page(tmp_path_factory):
    """A study of two parts of samples with baselines, whose layers are read."""
    folder = tmp_path_factory.mktemp("study")
    for seed, name in enumerate(("mlp", "other")):
        TrainingPlan.from_mapping({
            "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3},
            "data": {"name": "wine", "standardise": True},
            "recipe": {"epochs": 4, "checkpoints": [0, 1, 4], "learning_rate": 0.1, "seed": seed},
        }).run(folder / name, progress=False)  # fmt: skip
    plan = Plan.from_mapping({
        "networks": {"mlp": str(folder / "mlp"),
                     "other": {"checkpoints": str(folder / "other"), "role": "baseline", "steps": "last"}},
        "samples": {"split": ["test", "train"]}, "limit": 4, "max_gap": 0.1, "layers": ["2"],
        "players": {"kind": "columns", "columns": [0, 3, 6]},
    })  # fmt: skip
    study = Study(folder / "study", plan).run(progress=False)
    page = study_page(study, ask_study(study), samples=5)
    return render_page(with_few_pictures(page), folder / "report.html")


@pytest.fixture(scope="module")
def hostile():
    """Two images whose players and labels have names that a page must not run."""
    rng = np.random.default_rng(0)
    scores, names = rng.normal(size=(2, 8)), (HOSTILE, HOSTILE)
    arrays = {"scores": scores, "and_": scores - scores[:, :1] / 2, "or_": np.zeros((2, 8)), "labels": np.array([0, 1])}
    arrays |= {name: np.zeros(2) for name in ("objective", "lower_bound", "gap", "noise_bound")}
    return Interactions(
        **arrays, iterations=np.zeros(2, np.int64), converged=np.ones(2, bool), names=names,
        inputs=rng.random((2, 1, 6, 6)), regions=(np.arange(36).reshape(1, 6, 6) // 12),
        provenance={"label_names": {"0": "</script><script>alert(3)</script>", "1": "\u2028 fine"}},
    )  # fmt: skip


@pytest.fixture(scope="module")
def hostile_page(hostile, tmp_path_factory):
    return render_page(with_few_pictures(own_page(hostile)), tmp_path_factory.mktemp("hostile") / "<i>page.html")


@pytest.fixture
def page(browser, whole_page):
    opened(browser, whole_page)
    return browser


def opened(browser, path, **emulated):
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {
            "features": [{"name": "prefers-color-scheme", "value": emulated.get("scheme", "light")}],
            "media": emulated.get("media", ""),
        },
    )
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": emulated.get("width", 1400), "height": 1000, "deviceScaleFactor": 1, "mobile": False})  # fmt: skip
    browser.get(Path(path).as_uri())
    return browser


def one(browser, selector):
    return browser.find_element("css selector", selector)


def every(browser, selector):
    return browser.find_elements("css selector", selector)


def text(browser, selector):
    return one(browser, selector).text


def moved(browser, selector, value):
    """Set a slider as a hand would."""
    browser.execute_script("const s = document.querySelector(arguments[0]); s.value = arguments[1];"
                           "s.dispatchEvent(new Event('input'))", selector, value)  # fmt: skip


@pytest.mark.parametrize("path", ["whole_page", "hostile_page"])
def test_the_console_is_silent_and_no_request_leaves_the_page(browser, path, request):
    browser.get_log("browser"), browser.get_log("performance")
    opened(browser, request.getfixturevalue(path))
    for section in every(browser, "section"):
        browser.execute_script("arguments[0].scrollIntoView()", section)
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert urls
    assert {url.partition(":")[0] for url in urls} <= {"file", "data", "blob"}


def test_every_section_of_the_contents_shows(page):
    links = every(page, ".contents a")
    assert len(links) > 8
    for link in links:
        target = one(page, link.get_attribute("href")[link.get_attribute("href").index("#") :])
        assert target.is_displayed()
        assert target.find_element("css selector", "h1, h2").text
    assert 3 <= len(every(page, ".findings > li")) <= 7
    assert "generalizes" in text(page, ".findings")


def test_a_checkpoint_that_is_chosen_changes_the_bars(page):
    read = "return document.querySelector('.orders').data[0].y.join()"
    last, said = page.execute_script(read), text(page, ".chart .told")
    assert said.startswith("epoch 4")
    moved(page, ".chart input", 0)
    assert text(page, ".chart .told").startswith("epoch 0")
    assert page.execute_script(read) != last
    box = one(page, ".course .nsewdrag")  # the last column is at the right
    page.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", box)
    from selenium.webdriver import ActionChains

    ActionChains(page).move_to_element_with_offset(box, box.size["width"] // 2 - 12, 0).click().perform()
    assert text(page, ".chart .told") == said
    assert page.execute_script(read) == last


def test_a_sample_that_is_searched_for_is_shown(page):
    box = one(page, ".explorer input[type=search]")
    box.send_keys("train 1")
    assert "of train" in text(page, ".explorer .title")
    assert text(page, ".explorer .title").startswith(text(page, ".results button"))
    assert text(page, ".explorer .count") == f"{len(every(page, '.results button'))} of 5 samples"
    box.clear()
    box.send_keys("nowhere")
    assert text(page, ".explorer .count") == "0 of 5 samples"


def test_the_slider_tells_what_the_strongest_effects_reproduce(page):
    most = int(one(page, ".explorer input[type=range]").get_attribute("max"))
    moved(page, ".explorer input[type=range]", 1)
    first = text(page, ".explorer .used")
    assert re.fullmatch(r"The constant \S+ and the strongest effect give .*", first)
    moved(page, ".explorer input[type=range]", most)
    whole = text(page, ".explorer .used")
    found = page.execute_script("return JSON.parse(document.querySelector('.explorer script').textContent).samples[0]")
    assert whole != first
    total = found["empty"] + sum(effect for _, _, effect in found["effects"])
    assert f"give {total:.3g}".replace("-", "−") in whole


def test_parts_that_are_masked_change_the_score_to_that_of_the_network(page):
    study = page.execute_script("return JSON.parse(document.querySelector('.explorer script').textContent)")
    page.execute_script(
        "document.querySelector('.players button').scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    one(page, ".players button").click()
    assert one(page, ".players button").get_attribute("aria-pressed") == "false"
    assert len(every(page, ".drawing tr.masked")) == 1
    scores = np.frombuffer(base64.b64decode(study["samples"][0]["scores"]), "<f4")
    assert f"the network's score is {float(scores[0b110]):.3g}".replace("-", "−") in text(page, ".explorer .scores")


def test_a_card_of_the_gallery_opens(page):
    card = one(page, ".cards .card")
    assert not card.find_element("css selector", "table").is_displayed()
    page.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", card)
    card.find_element("css selector", "summary").click()
    assert card.find_element("css selector", "table").is_displayed()


def test_the_theory_is_closed_until_it_is_opened(page):
    closed = one(page, ".closed")
    assert not closed.find_element("css selector", "img").is_displayed()
    assert "σ²" not in text(page, "section")
    page.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", closed)
    closed.find_element("css selector", "summary").click()
    assert closed.find_element("css selector", "img").is_displayed()
    assert "noise σ²" in closed.text


def test_four_findings_stand_two_by_two_and_warnings_below(browser, hostile, tmp_path):
    four = [Highlight(f"finding {i}", "") for i in range(4)]
    page = replace(own_page(hostile), sections=(), highlights=[*four, warning("a warning")])
    opened(browser, render_page(page, tmp_path / "page.html"), width=1280)
    places = [found.rect for found in every(browser, ".findings > li")]
    assert [place["x"] == places[0]["x"] for place in places] == [True, False, True, False, True]
    assert places[4]["width"] > 1.9 * places[0]["width"]


def test_a_section_opens_with_few_sentences_and_a_key_shows_the_others(browser, hostile, tmp_path):
    many, few = ([f"number {i} of {count}: -{i} %" for i in range(count)] for count in (6, 4))
    sections = [Section("many", sentences=many), Section("few", sentences=few)]
    opened(browser, render_page(replace(own_page(hostile), sections=sections), tmp_path / "page.html"))
    seen = [line.text for line in every(browser, "section .said li") if line.is_displayed()]
    assert seen == [f"number {i} of {count}: −{i} %" for count, open_ in ((6, 3), (4, 4)) for i in range(open_)]
    one(browser, "#many summary").send_keys("\ue007")
    assert text(browser, "#many summary") == "3 more sentences"
    assert [line.is_displayed() for line in every(browser, "#many .said li")] == [True] * 6


def test_a_list_of_samples_that_is_cut_says_so(browser, hostile, tmp_path, monkeypatch):
    monkeypatch.setattr(page_module, "find_spec", lambda name: None)  # charts take their time
    many = replace(own_page(hostile), sections=[Section("s", explorer=explorer(list(hostile[[0, 1] * 20])))])
    opened(browser, render_page(many, tmp_path / "page.html"), width=390)
    assert text(browser, ".explorer .count").endswith("samples; scroll for more")
    one(browser, ".explorer input[type=search]").send_keys("17")
    assert "scroll" not in text(browser, ".explorer .count")


def test_all_controls_are_reached_by_the_tab_key(page):
    from selenium.webdriver import ActionChains, Keys

    page.execute_script("document.querySelector('.chart').tabIndex = -1; document.querySelector('.chart').focus()")
    reached = set()
    for _ in range(60):
        ActionChains(page).send_keys(Keys.TAB).perform()
        reached.add(page.execute_script("const e = document.activeElement; return e.type || e.tagName"))
    assert {"range", "search", "button", "SUMMARY"} <= reached


@pytest.mark.parametrize("path", ["whole_page", "hostile_page"])
@pytest.mark.parametrize("width", [360, 1100])
def test_nothing_is_wider_than_the_screen(browser, path, width, request):
    opened(browser, request.getfixturevalue(path), width=width)
    browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    wider, cues = browser.execute_async_script(  # the cues come a frame later
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(["
        "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth + 1).map("
        "(one) => [one.previousElementSibling?.className, one.tabIndex]), document.querySelectorAll('.cue').length])))"
    )
    assert wider == [["cue", 0]] * cues
    assert (cues > 0) == (width == 360)


def luminance(colour):
    """Relative luminance of "rgb(r, g, b)", as WCAG has it."""
    parts = np.array([float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]) / 255
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(browser, whole_page, scheme):
    opened(browser, whole_page, scheme=scheme)
    back = luminance(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert (back < 0.1) == (scheme == "dark")
    for selector in ("h1", ".detail", ".finding", ".contents a", "small", ".told", "figcaption", ".sign"):
        for found in every(browser, selector)[:1]:
            fore = luminance(found.value_of_css_property("color"))
            assert (max(fore, back) + 0.05) / (min(fore, back) + 0.05) > 4.5, selector
    fill = browser.execute_script("return getComputedStyle(document.querySelector('.plot .xtick text')).fill")
    assert abs(luminance(fill) - back) > 0.4


def test_in_print_the_pictures_stand_for_the_charts(browser, whole_page):
    opened(browser, whole_page, media="print")
    assert not one(browser, ".chart").is_displayed()
    assert one(browser, ".static img").is_displayed()
    opened(browser, whole_page)
    assert one(browser, ".chart").is_displayed()
    assert not one(browser, ".static img").is_displayed()


def test_in_print_all_but_the_record_unfolds_and_folds_again_after(browser, whole_page):
    opened(browser, whole_page)
    states = "return [...document.querySelectorAll('details')].map((one) => [!!one.closest('#record'), one.open])"
    before = browser.execute_script(states)
    assert {(True, False), (False, False)} <= set(map(tuple, before))
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(states) == [[record, not record] for record, _ in before]
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(states) == before


def test_names_and_labels_are_text(browser, hostile_page):
    opened(browser, hostile_page)
    assert [button.text for button in every(browser, ".players button")][:3] == list(HOSTILE)
    assert "label 0 (</script><script>alert(3)</script>)" in text(browser, ".explorer .title")
    assert not every(browser, "img[src=x]")
    assert not any(found.text == "bold" for found in every(browser, "b"))
    hover = browser.execute_script("return document.querySelector('.curve').data[0].text.join()")
    assert "&lt;b&gt;bold&lt;/b&gt;" in hover
    assert "<b>" not in hover


def test_a_page_without_script_has_its_pictures(browser, whole_page):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    opened(browser, whole_page)
    shown = one(browser, ".static img").is_displayed(), one(browser, ".chart").is_displayed()
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert shown == (True, False)


def test_without_plotly_a_page_has_all_but_its_charts(browser, hostile, tmp_path, monkeypatch):
    monkeypatch.setattr(page_module, "find_spec", lambda name: None)
    browser.get_log("browser")
    opened(browser, render_page(with_few_pictures(own_page(hostile)), tmp_path / "page.html"))
    moved(browser, ".explorer input[type=range]", 2)
    assert re.match(r"The constant \S+ and the 2 strongest effects give", text(browser, ".explorer .used"))
    assert not every(browser, ".plot")
    assert browser.get_log("browser") == []
    assert (tmp_path / "page.html").stat().st_size < 1_000_000
