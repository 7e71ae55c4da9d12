"""Quiz and slider: the HTML, and what a keyboard, a missing script and a dark page make of it in Chromium."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from browser import open_browser, why_no_browser
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import fragments
from lessons_lib.checking import Option, Question, Quiz
from lessons_lib.fragments import Frame, quiz_html, quiz_text, slider_html, slider_text

QUIZ = Quiz(
    "pooling",
    (
        Question(
            "Why does a forgotten `mask` stay hidden?",
            (
                Option("It raises an error", feedback="The shapes fit, so nothing is raised."),
                Option("The `shapes` fit", correct=True, feedback="Only texts of different length show it."),
                Option("<b>never</b> & nowhere"),
            ),
        ),
        Question("Which cosine do orthogonal vectors have?", (Option("0", True, "Their product is 0."), Option("1"))),
    ),
)
WORDS = [("cat", 0.5), ("sat", 0.5)]
HONOURED = [
    Frame(f"{n} padding tokens", f"The mean stays at {n}.", [("cosine", 1.0)], [*WORDS, *[("[PAD]", 0)] * n])
    for n in range(4)
]
FORGOTTEN = [
    Frame(f"{n} padding tokens", f"The mean drifts at {n}.", [("cosine", 1.0 - 0.5 * n)], [("[PAD]", 0.75)])
    for n in range(4)
]
GROUPS = {"mask honoured": HONOURED, "mask forgotten": FORGOTTEN}
SETTINGS = {"label": "Padding", "group_label": "Mask", "bars_label": "Cosine similarity"}
SLIDER = slider_html("What padding does", "Move the slider: `[PAD]` tokens come in.", GROUPS, **SETTINGS)


class Page(HTMLParser):
    """Collects tags, visible text and ids; complains when elements are not closed."""

    VOID = ("input", "br", "hr", "img", "meta", "link")

    def __init__(self, source):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)


# ---------------------------------------------------------------- the HTML


@pytest.mark.parametrize("fragment", [quiz_html(QUIZ), SLIDER])
def test_a_fragment_is_one_element_that_loads_nothing(fragment):
    page = Page(fragment)
    assert page.tags[0][0] == "div"
    assert "ll-fragment" in page.tags[0][1]["class"].split()
    assert not re.search(r"https?:|//[a-z]|\bsrc=|@import|url\(|fetch\(", fragment)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_the_same_content_gives_the_same_html_and_other_content_another_id():
    def identity(fragment):
        return re.search(r'data-ll="(ll-[0-9a-f]{10})"', fragment).group(1)

    again = Quiz(QUIZ.name, tuple(Question(q.text, tuple(q.options)) for q in QUIZ.questions))
    assert quiz_html(again) == quiz_html(QUIZ)
    other = quiz_html(Quiz("pooling", QUIZ.questions[:1]))
    assert len({identity(quiz_html(QUIZ)), identity(other), identity(SLIDER)}) == 3


def test_the_folded_answer_names_the_right_option_first():
    assert re.findall("<li>(<strong>Right</strong>|Not right): ", quiz_html(QUIZ)) == [
        *["<strong>Right</strong>", "Not right", "Not right"],
        *["<strong>Right</strong>", "Not right"],
    ]


def test_fragments_are_small():
    assert len(quiz_html(QUIZ)) < 12_000
    assert len(SLIDER) < 20_000


NASTY = ["</script>", "<!--<script>", "</style>", "`", "`a`", "&amp;", '"', "'", "\u2028", "<img src=x onerror=a>"]
texts = st.text(max_size=30) | st.sampled_from(NASTY)


@given(texts, texts, texts)
def test_any_text_is_shown_as_it_is(question, option, feedback):
    quiz = Quiz("q", (Question(question, (Option(option, True, feedback), Option("other"))),))
    page = Page(quiz_html(quiz))
    assert [tag for tag, _ in page.tags if tag in ("script", "style", "img")] == ["style", "script"]
    shown = "".join(page.texts)
    for text in (question, option, feedback):
        wanted = re.sub(r"`([^`]*)`", r"\1", text)
        assert normal(wanted) in normal(shown)


@given(texts, texts, texts)
def test_any_text_of_a_slider_is_shown_as_it_is(title, sentence, token):
    page = Page(slider_html(title, sentence, [Frame("a", sentence, [(title, 0.5)], [(token, 0.1), (token, None)])]))
    assert [tag for tag, _ in page.tags if tag in ("script", "style", "img")] == ["style", "script"]
    assert normal(token) in normal("".join(page.texts))


def normal(text):
    """Line ends as HTML reads them; characters HTML cannot hold are left aside."""
    return re.sub(r"[\x00\ud800-\udfff\ufffd]", "", text.replace("\r\n", "\n").replace("\r", "\n"))


def test_a_quiz_as_text_ends_with_the_answers():
    assert quiz_text(QUIZ).splitlines() == [
        "1. Why does a forgotten `mask` stay hidden?",
        "   a) It raises an error",
        "   b) The `shapes` fit",
        "   c) <b>never</b> & nowhere",
        "2. Which cosine do orthogonal vectors have?",
        "   a) 0",
        "   b) 1",
        "",
        "Answers",
        "1. b) Only texts of different length show it.",
        "2. a) Their product is 0.",
    ]


def test_a_slider_as_text_has_a_line_for_each_frame():
    assert slider_text("Title", "What it is.", {"a": HONOURED[:1], "b": FORGOTTEN[3:]}, **SETTINGS).splitlines() == [
        "Title",
        "What it is.",
        "a:",
        "- 0 padding tokens: The mean stays at 0. [cosine 1.000]",
        "b:",
        "- 3 padding tokens: The mean drifts at 3. [cosine -0.500]",
    ]


def test_the_table_holds_every_number_and_counts_equal_tokens():
    page = Page(SLIDER)
    text = " ".join(page.texts)
    assert [tag for tag, _ in page.tags].count("table") == 2
    assert all(f"{1.0 - 0.5 * n:.3f}" in text for n in range(4))
    assert "3 × <s>[PAD]</s> left out" in SLIDER
    assert "The mean drifts at 3." in text


def test_frames_with_different_bars_share_one_column():
    fragment = slider_html("T", "D", [Frame("a", "s", [("x", 1.0)]), Frame("b", "s", [("y", 2.0), ("z", -3.0)])])
    assert '<th scope="col">Values</th>' in fragment
    assert "<td>y 2.000, z -3.000</td>" in fragment


def test_numbers_are_rounded_and_never_minus_zero():
    fragment = slider_html("T", "D", [Frame("a", "s", [("x", -0.0004), ("y", 0.12345)])], decimals=2)
    assert ">0.00</td>" in fragment
    assert ">0.12</td>" in fragment
    assert ">-0.00<" not in fragment
    assert '"shown": "-0.00"' not in fragment


@pytest.mark.parametrize(
    ("frames", "settings", "message"),
    [
        ([], {}, r"frames needs one frame or more, and as many in each group; got \[0\]"),
        ({}, {}, r"frames needs one frame or more, and as many in each group; got \[\]"),
        ({"a": HONOURED, "b": FORGOTTEN[:2]}, {}, r"as many in each group; got \[2, 4\]"),
        (HONOURED, {"start": 4}, "start must be a position from 0 to 3; got 4"),
        (HONOURED, {"start": -1}, "start must be a position from 0 to 3; got -1"),
        ([Frame("a", "s", [("x", float("nan"))])], {}, "not finite: 'x' is nan"),
        ([Frame("a", "s", [], [("x", float("inf"))])], {}, "not finite: 'x' is inf"),
    ],
)
def test_bad_frames_are_refused(frames, settings, message):
    with pytest.raises(ValueError, match=message):
        slider_html("T", "D", frames, **settings)


def test_in_a_notebook_a_slider_is_displayed_as_html_and_text(monkeypatch):
    bundles = []
    monkeypatch.setattr(fragments, "_display", bundles.append)
    fragments.slider("T", "D", HONOURED, label="Padding")
    assert bundles == [
        {"text/html": slider_html("T", "D", HONOURED, label="Padding"), "text/plain": slider_text("T", "D", HONOURED)}
    ]


def test_outside_of_a_notebook_the_text_is_printed(capsys):
    import IPython

    assert IPython.get_ipython() is None
    fragments.slider("T", "D", HONOURED)
    assert capsys.readouterr().out == slider_text("T", "D", HONOURED) + "\n"


# ---------------------------------------------------------------- in a browser

needs_browser = pytest.mark.skipif(why_no_browser() is not None, reason=str(why_no_browser()))
THEMES = {"light": ("rgba(0, 0, 0, 0.87)", "rgb(255, 255, 255)"), "dark": ("rgb(255, 255, 255)", "rgb(17, 17, 17)")}


def document(theme="light", variables=True):
    """Both fragments on a page like JupyterLab's; `keys` counts what its shortcuts would see."""
    colour, background = THEMES[theme]
    style = f"--jp-content-font-color1:{colour};--jp-layout-color0:{background}" if variables else ""
    return (
        f'<!doctype html><html lang="en"><title>t</title><body data-jp-theme-light="{str(theme == "light").lower()}" '
        f'style="{style};color:{colour};background:{background}"><script>window.keys = [];'
        f'document.addEventListener("keydown", (event) => keys.push(event.key));</script>'
        f"{quiz_html(QUIZ)}{SLIDER}{quiz_html(QUIZ)}</body></html>"
    )


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 820, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(5000)
    errors, requests = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    page.set_content(document())
    yield page
    page.close()
    assert errors == []
    assert requests == []


def focused(page):
    return page.evaluate("document.activeElement.closest('label, button')?.textContent ?? document.activeElement.type")


@needs_browser
def test_a_quiz_is_answered_with_the_keyboard_alone(page):
    form = page.locator("form").first
    feedback = form.locator(".ll-feedback")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert focused(page) == "It raises an error"
    page.keyboard.press("Tab")
    assert focused(page) == "Check the answer to question 1"
    page.keyboard.press("Enter")
    assert feedback.inner_text() == "✗ Not this one. The shapes fit, so nothing is raised."
    assert page.locator(".ll-score").first.inner_text() == "0 of 2 right so far."
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "The shapes fit"
    assert feedback.inner_text() == ""
    page.keyboard.press("Enter")
    assert feedback.inner_text() == "✓ Right. Only texts of different length show it."
    assert page.locator(".ll-score").first.inner_text() == "1 of 2 right so far."


@needs_browser
def test_an_unanswered_question_asks_for_an_answer(page):
    form = page.locator("form").nth(1)
    form.get_by_role("button").click()
    assert form.locator(".ll-feedback").inner_text() == "Choose an answer first."


@needs_browser
def test_a_quiz_shown_twice_is_two_quizzes(page):
    first, second = page.locator(".ll-quiz").all()
    first.get_by_label("It raises an error").check()
    second.get_by_label("The shapes fit").check()
    assert first.get_by_label("It raises an error").is_checked()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))


@needs_browser
def test_radio_groups_are_named_by_their_question(page):
    group = page.get_by_role("group", name="1. Why does a forgotten mask stay hidden?").first
    assert group.get_by_role("radio").count() == 3


@needs_browser
def test_the_slider_follows_arrows_and_buttons(page):
    slider = page.get_by_role("slider", name="Padding")
    sentence, number = page.locator(".ll-sentence"), page.locator(".ll-bars .ll-number")
    assert sentence.inner_text() == "The mean stays at 0."
    page.locator(".ll-slider input[type=radio]").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_label("mask forgotten").is_checked()
    assert sentence.inner_text() == "The mean drifts at 0."
    page.keyboard.press("Tab")
    assert focused(page) == "Previous"
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "3 padding tokens"
    assert sentence.inner_text() == "The mean drifts at 3."
    assert number.inner_text() == "-0.500"
    page.keyboard.press("Tab")
    assert focused(page) == "Next"
    page.keyboard.press("Space")
    assert page.get_by_role("button", name="Next").get_attribute("aria-disabled") == "true"
    page.get_by_role("button", name="Previous").press("Enter")
    assert sentence.inner_text() == "The mean drifts at 2."
    assert number.inner_text() == "0.000"


@needs_browser
def test_a_negative_bar_lies_left_of_zero_and_is_hatched(page):
    page.get_by_label("mask forgotten").check()
    page.get_by_role("slider").press("End")
    bar, zero = page.locator(".ll-bar").bounding_box(), page.locator(".ll-zero").bounding_box()
    assert bar["x"] + bar["width"] == pytest.approx(zero["x"], abs=1.5)
    assert bar["width"] > 20
    assert "repeating-linear-gradient" in style(page, ".ll-bar", "backgroundImage")
    page.get_by_role("slider").press("Home")
    bar = page.locator(".ll-bar").bounding_box()
    assert bar["x"] == pytest.approx(zero["x"], abs=1.5)
    assert style(page, ".ll-bar", "backgroundImage") == "none"


@needs_browser
def test_tokens_left_out_are_struck_through_and_say_so(page):
    page.get_by_role("slider").press("End")
    chips = page.locator(".ll-chips li").all_inner_texts()
    assert [chip.split() for chip in chips] == [["cat", "0.500"], ["sat", "0.500"], *[["[PAD]", "left", "out"]] * 3]
    assert style(page, ".ll-chips li:last-child b", "textDecorationLine") == "line-through"
    assert style(page, ".ll-chips li:first-child b", "textDecorationLine") == "none"


def style(page, selector, name):
    return page.locator(selector).first.evaluate(f"(element) => getComputedStyle(element).{name}")


@needs_browser
def test_the_notebooks_shortcuts_hear_only_escape(page):
    for element in (page.get_by_role("slider"), page.get_by_role("radio").first, page.get_by_role("button").first):
        for key in ("ArrowRight", "ArrowDown", "a", "Escape"):
            element.press(key)
    assert page.evaluate("window.keys") == ["Escape"] * 3


@needs_browser
def test_what_changes_is_announced(page):
    live = page.locator('[aria-live="polite"]').evaluate_all("all => all.map((element) => element.className)")
    assert "ll-sentence" in live
    assert live.count("ll-feedback") == 4


@needs_browser
def test_with_the_script_the_static_part_is_folded_away(page):
    assert not page.locator(".ll-static").first.is_visible()
    assert not page.locator("table").first.is_visible()
    page.get_by_text("All values as a table").click()
    assert page.locator("table").first.is_visible()


@needs_browser
def test_without_scripts_everything_can_be_read(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(document())
    text = page.locator("body").inner_text()
    assert "Why does a forgotten mask stay hidden?" in text
    assert "<b>never</b> & nowhere" in text
    assert "The mean drifts at 3." in text
    assert "-0.500" in text
    assert page.locator("input, button").count() == 0
    assert "Only texts of different length" not in text
    page.get_by_text("Answer", exact=True).first.click()
    assert "Right: The shapes fit (Only texts of different length show it.)" in page.locator("body").inner_text()
    context.close()


CONTRASTS = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const all = [];
    for (; element; element = element.parentElement) all.unshift(getComputedStyle(element).backgroundColor);
    return all;
  };
  const found = [];
  const measure = (element, colour, back, kind) => {
    const a = light(over([...back, colour])), b = light(over(back));
    found.push([kind, element.className || element.textContent, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  };
  for (const element of document.querySelectorAll(".ll-fragment *")) {
    if (!element.checkVisibility() || element.matches("style, script")) continue;
    const shows = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (shows) measure(element, getComputedStyle(element).color, behind(element), "text");
    const look = getComputedStyle(element), around = behind(element.parentElement);
    if (element.matches("button")) measure(element, look.borderTopColor, around, "edge");
    if (element.matches(".ll-bar")) measure(element, look.backgroundColor, around, "edge");
  }
  const root = document.querySelector(".ll-fragment");
  measure(root, getComputedStyle(root).getPropertyValue("--ll-accent"), behind(root), "edge");
  measure(root, getComputedStyle(root).getPropertyValue("--ll-warm"), behind(root), "edge");
  return found;
}
"""


@needs_browser
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("variables", [True, False], ids=["in JupyterLab", "on a plain page"])
def test_contrast_is_enough_in_light_and_dark(page, theme, variables):
    page.set_content(document(theme, variables))
    page.get_by_role("slider").press("End")
    page.locator("form").first.get_by_role("button").click()
    page.get_by_text("All values as a table").click()
    found = page.evaluate(CONTRASTS)
    assert len(found) > 60
    poor = [entry for entry in found if entry[2] < {"text": 4.5, "edge": 3.0}[entry[0]]]
    assert poor == []
    wanted = THEMES[theme][0]
    assert style(page, ".ll-title", "color") == wanted


@needs_browser
def test_the_focus_can_be_seen(page):
    for _ in range(8):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert outline.startswith("rgb(47, 124, 196) solid 3px")


@needs_browser
def test_bars_move_without_animation_where_that_is_asked_for(page):
    assert style(page, ".ll-bar", "transitionDuration") == "0s"
    page.emulate_media(reduced_motion="no-preference")
    assert style(page, ".ll-bar", "transitionDuration") == "0.15s, 0.15s"


@needs_browser
def test_a_narrow_page_needs_no_sideways_scrolling(page):
    page.set_viewport_size({"width": 340, "height": 800})
    page.get_by_role("slider").press("End")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@needs_browser
def test_text_with_markup_is_shown_and_not_obeyed(page):
    evil = '<img src="x" onerror="window.broken = 1"></script><script>window.broken = 1</script>'
    quiz = Quiz(evil, (Question(evil, (Option(evil, True, evil), Option("b"))),))
    frames = [Frame(evil, evil, [(evil, 1.0)], [(evil, 1.0), (evil, 0.0)])]
    page.set_content(quiz_html(quiz) + slider_html(evil, evil, {evil: frames, "b": frames}, label=evil))
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Check").click()
    assert page.locator(".ll-feedback").inner_text() == f"✓ Right. {evil}"
    assert page.locator(".ll-sentence").inner_text() == evil
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0
    assert html.escape(evil) in quiz_html(quiz)
