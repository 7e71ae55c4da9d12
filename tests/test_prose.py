"""The words of the lessons: every decimal number is shown or cited, headings nest, links lead somewhere.

What counts as what:

- A *number* is one with a decimal point (.82, 0.82, 14.3, 3.2 %, 1.5e-3) or an exponent (1e-5). Integers are
  not looked at. Left out are code, addresses, and numbers that are names: versions (Python 3.11, v1.2),
  licences (Apache 2.0, CC BY 4.0), places (section 2.1, table 1.2) and percentiles (the 97.5th percentile).
- It is *shown* when an output of the same notebook holds a number with at least as many digits that rounds to
  it. A number on the edge (.825 for .82 or .83) proves neither. The sign counts. .032 shows "3.2 %", too.
- *Outputs* are printed text, tables, and the alternative texts of figures. Cards of exercises and quizzes are
  displayed by code, but written by hand: they are prose and prove nothing.
- It is *cited* when its sentence, list item or table row, or the header of its table, links to the web or
  names a DOI or an arXiv number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from conftest import ROOT
from markdown_it import MarkdownIt
from markdown_it.token import Token
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*/README.md")])
CLAIMING_PAGES = [page for page in PAGES if "data" not in page.relative_to(ROOT).parts]

CODE, CITATION = "\ue000", "\ue001"  # what stands in a text for a code span, and after a link to the web
BANNED = ("simply", "just", "obviously")


# --- prose: blocks of text, with marks for code and citations -----------------------------------------------


@dataclass
class Block:
    """A heading, paragraph, list item or table row as text; `cited` if its table's header has a link."""

    kind: str
    text: str
    level: int = 0
    cited: bool = False


_MARKDOWN = MarkdownIt("commonmark").enable("table")
_KINDS = {"heading_open": "heading", "list_item_open": "item", "tr_open": "row", "th_open": "header"}


def markdown_blocks(source: str) -> list[Block]:
    """Return the text blocks of a Markdown text."""
    blocks, open_kinds, header_cited = [], [], False
    for token in _MARKDOWN.parse(source):
        if token.type == "table_open":
            header_cited = False
        if token.type == "tr_open":
            blocks.append(Block("row", "", cited=header_cited))
        if token.nesting == 1:
            open_kinds.append((_KINDS.get(token.type, ""), int(token.tag[1]) if token.type == "heading_open" else 0))
        elif token.nesting == -1:
            open_kinds.pop()
        elif token.type == "inline":
            text, inside = _inline_text(token.children or []), [kind for kind, _ in open_kinds]
            if "row" in inside:
                blocks[-1].text += f"{text} | "
                header_cited = header_cited or ("header" in inside and CITATION in text)
            else:
                kind = next((kind for kind in ("heading", "item") if kind in inside), "paragraph")
                blocks.append(Block(kind, text, level=open_kinds[-1][1]))
        elif token.type == "html_block":
            blocks += html_blocks(token.content)
    return blocks


def _inline_text(tokens: Iterable[Token]) -> str:
    parts, addresses = [], []
    for token in tokens:
        if token.type == "code_inline":
            parts.append(CODE)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "link_open":
            addresses.append(str(token.attrGet("href")))
        elif token.type == "link_close":
            parts.append(CITATION if addresses.pop().startswith("http") else "")
        elif token.type in ("text", "image"):
            parts.append(_mark_references(token.content))
    return "".join(parts)


def _mark_references(text: str) -> str:
    """Put the citation mark in the place of bare addresses, DOIs and arXiv numbers."""
    reference = r"https?://\S*[^\s.,;)]|\b(?:doi:\s*)?10\.\d{4,9}/\S*[^\s.,;)]|\barXiv:\s*\d{4}\.\d{4,5}(?:v\d+)?"
    return re.sub(reference, CITATION, text, flags=re.IGNORECASE)


class _Html(HTMLParser):
    """Collects the text of HTML by block, without scripts and styles."""

    BLOCKS = frozenset(
        """p div li ul ol td th tr table h1 h2 h3 h4 h5 h6 br pre details summary legend label fieldset
        section figure figcaption button""".split()  # noqa: SIM905
    )

    def __init__(self) -> None:
        super().__init__()
        self.texts, self._hidden, self._links = [""], 0, []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        if tag == "code":
            self.handle_data(CODE)
            self._hidden += 1
        if tag in self.BLOCKS:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "code") and self._hidden > 0
        if tag == "a" and self._links and self._links.pop().startswith("http"):
            self.texts[-1] += CITATION
        if tag in self.BLOCKS:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts[-1] += _mark_references(data)


def html_blocks(source: str) -> list[Block]:
    """Return the text blocks of HTML."""
    parser = _Html()
    parser.feed(source)
    parser.close()
    return [Block("paragraph", " ".join(text.split())) for text in parser.texts if text.strip()]


def is_authored(output: NotebookNode) -> bool:
    """Say whether a person wrote what this output displays: the card of an exercise, or a quiz."""
    data = output.get("data", {})
    return "text/markdown" in data or bool(re.search(r'class="[^"]*\bll-quiz\b', data.get("text/html", "")))


def prose(notebook: NotebookNode) -> list[Block]:
    """Return everything in a notebook that a person wrote as text."""
    blocks = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks += markdown_blocks(cell.source)
        for output in cell.get("outputs", []):
            if is_authored(output):
                blocks += markdown_blocks(output.data.get("text/markdown", ""))
                blocks += html_blocks(output.data.get("text/html", ""))
    return blocks


def shown_text(notebook: NotebookNode) -> str:
    """Return everything that the code of a notebook puts out, alternative texts with it."""
    parts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                parts.append(output.text)
            elif "data" in output and not is_authored(output):
                parts.append(output.data.get("text/plain", ""))
                parts += [block.text for block in html_blocks(output.data.get("text/html", ""))]
                parts.append(output.metadata.get("image/png", {}).get("alt", ""))
    return "\n".join(parts)


# --- numbers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A number as written: its exact value, the place of its last digit (-2 for .82), percentage or not."""

    written: str
    value: Decimal
    place: int
    percent: bool = False

    def as_fraction(self) -> Number:
        return Number(self.written, self.value.scaleb(-2), self.place - 2)


_NUMBER = re.compile(
    r"""(?<![\w.])(?<![A-Za-z]-)          # part of no name, version or other number
        (?P<sign>[-−+]?)
        (?P<digits>\d{1,3}(?:,\d{3})++\.\d++ | \d*+\.\d++ | \d++(?=[eE][-−+]?\d))
        (?P<exponent>[eE][-−+]?\d++)?
        (?!\.\d)
        (?P<percent>\s?%)?""",
    re.VERBOSE,
)
_NAMES = re.compile(
    r"""\b(?:Python|versions?|release) \s+ \d+\.\d+\+? (?:\s*(?:to|or|and|,|-|–)\s*\d+\.\d+)*
      | \b(?:Apache(?:\sLicense)?,? | CC[-\s]BY(?:-SA)?) \s \d\.\d
      | (?:\b(?:sections?|chapters?|tables?|figures?|fig\.|equations?|eq\.|appendix)|§) \s*
        [A-Z]?[1-9]\d*\.\d+
      | \d+(?:\.\d+)?(?:th)? (?:\s*(?:and|to|,|-|–)\s*\d+(?:\.\d+)?(?:th)?)* [-\s]percentiles?""",
    re.VERBOSE | re.IGNORECASE,
)


def numbers(text: str) -> list[Number]:
    """Return the decimal numbers in a text."""
    found = []
    for match in _NUMBER.finditer(text):
        plain = (match["sign"] + match["digits"] + (match["exponent"] or "")).replace("−", "-").replace(",", "")
        value = Decimal(plain)
        found.append(Number(match[0], value, value.as_tuple().exponent, bool(match["percent"])))
    return found


def is_shown(number: Number, evidence: Iterable[Number]) -> bool:
    """Say whether one of the numbers rounds to `number`, and says at least as much."""
    readings = [number, number.as_fraction()] if number.percent else [number]
    for other in evidence:
        for shown in (other, other.as_fraction()) if other.percent else (other,):
            for wanted in readings:
                half_a_unit = Decimal(5).scaleb(wanted.place - 1)
                if shown.place <= wanted.place and abs(shown.value - wanted.value) < half_a_unit:
                    return True
    return False


_SENTENCE_END = re.compile(r"""(?<=[.?!])(?P<closing>["”')\ue001]*)\s+(?![a-z])""")
_ABBREVIATION = re.compile(r"\b(?:al|e\.g|i\.e|vs|cf|fig|eq|sec|approx|ca|no|dr|resp)\.$", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """Split a text where sentences end; a full stop after an abbreviation ends none."""
    parts, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[start : match.start()]):
            parts.append(text[start : match.end("closing")])
            start = match.end()
    return [*parts, text[start:]]


def claims(blocks: Iterable[Block]) -> Iterator[tuple[Number, str]]:
    """Yield each number in prose that stands beside no citation, with the sentence it stands in."""
    for block in blocks:
        whole = block.kind in ("item", "row")
        for unit in [block.text] if whole else sentences(block.text):
            if not block.cited and CITATION not in unit:
                text = re.sub(r"^\d+(?:\.\d+)+\s", "", unit) if block.kind == "heading" else unit
                for number in numbers(_NAMES.sub(CODE, text)):
                    yield number, " ".join(unit.split())


def unproven(blocks: Iterable[Block], shown: str) -> list[str]:
    """Return the numbers in prose that are neither shown in an output nor cited."""
    evidence = set(numbers(shown))
    return [
        f"{number.written.strip()}: neither in an output nor beside a citation: {unit!r}"
        for number, unit in claims(blocks)
        if not is_shown(number, evidence)
    ]


# --- words, headings, links ---------------------------------------------------------------------------------


def word_problems(blocks: Iterable[Block]) -> list[str]:
    """Look for words and marks that STYLE leaves out of lessons."""
    problems = []
    for block in blocks:
        text = re.sub(r"\$[^$]*\$", " ", block.text)
        for word in re.findall(rf"\b(?:{'|'.join(BANNED)})\b|!", text, re.IGNORECASE):
            problems.append(f"{word!r} in {text.strip()[:100]!r}")
    return problems


def heading_problems(blocks: Iterable[Block]) -> list[str]:
    """Look for a missing or second title, and for headings that skip a level."""
    headings = [block for block in blocks if block.kind == "heading"]
    problems, above = [], 0
    if [block.level for block in headings].count(1) != 1:
        problems.append(f"{[block.level for block in headings].count(1)} titles (headings of level 1)")
    for block in headings:
        if block.level > above + 1:
            problems.append(f"heading {block.text!r} of level {block.level} under one of level {above}")
        if not block.text.strip():
            problems.append("a heading without words")
        above = block.level
    return problems


def links(source: str) -> list[str]:
    """Return the addresses of all links and pictures in a Markdown text."""
    found = []
    for token in _MARKDOWN.parse(source):
        for part in [token, *(token.children or [])]:
            found += [str(part.attrs[key]) for key in ("href", "src") if key in part.attrs]
            if part.type in ("html_inline", "html_block"):
                found += re.findall(r"""\b(?:href|src)=["']([^"']+)["']""", part.content)
    return [unquote(address) for address in found]


def dead_links(source: str, folder: Path, anchors: set[str] | None = None) -> list[str]:
    """Return the links that lead to no file under `folder`, or to no heading where `anchors` names them."""
    dead = []
    for address in links(source):
        path, _, anchor = address.partition("#")
        if re.match(r"[a-z]+:", address):
            continue
        if path and not (folder / path).exists():
            dead.append(f"{address}: no such file")
        if not path and anchors is not None and anchor not in anchors:
            dead.append(f"{address}: no such heading")
    return dead


def notebook_link_problems(notebook: NotebookNode, folder: Path) -> list[str]:
    """Look for links that are dead in a notebook, or would be in a learner's copy of it in `work/`."""
    problems = []
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    headings = [block.text for text in texts for block in markdown_blocks(text) if block.kind == "heading"]
    anchors = {heading.replace(" ", "-") for heading in headings}
    for text in texts:
        problems += dead_links(text, folder, anchors)
        for address in links(text):
            path = address.partition("#")[0]
            if path and not re.match(r"[a-z]+:|\.\./", address) and not re.fullmatch(r"[^/]+\.ipynb", path):
                problems.append(f"{address}: learners open a copy in work/, where this leads nowhere")
    return problems


# --- the lessons and the pages ------------------------------------------------------------------------------

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def test_there_are_lessons_to_read():
    assert NOTEBOOKS, "there is no notebook: python course.py build"


@each_notebook
def test_every_decimal_number_in_a_lesson_is_shown_or_cited(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert unproven(prose(notebook), shown_text(notebook)) == []


@each_notebook
def test_a_lesson_keeps_to_plain_words(path: Path):
    assert word_problems(prose(nbformat.read(path, as_version=4))) == []


@each_notebook
def test_the_headings_of_a_lesson_nest(path: Path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    assert heading_problems([block for cell in cells for block in markdown_blocks(cell.source)]) == []


@each_notebook
def test_the_links_of_a_lesson_lead_somewhere(path: Path):
    assert notebook_link_problems(nbformat.read(path, as_version=4), FOLDER) == []


@each_page
def test_the_links_of_a_page_lead_somewhere(path: Path):
    assert dead_links(path.read_text(encoding="utf-8"), path.parent) == []


@each_page
def test_the_headings_of_a_page_nest(path: Path):
    assert heading_problems(markdown_blocks(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", CLAIMING_PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_decimal_number_on_a_page_is_shown_in_a_lesson_or_cited(path: Path):
    shown = "\n".join(shown_text(nbformat.read(notebook, as_version=4)) for notebook in NOTEBOOKS)
    assert unproven(markdown_blocks(path.read_text(encoding="utf-8")), shown) == []


# --- the checks themselves ----------------------------------------------------------------------------------

PROVEN = [
    ("Mean pooling reaches .82.", "mean 0.820"),
    ("Mean pooling reaches 0.82.", "mean  .820  [.79, .85]"),
    ("It rounds up to .82.", ".8151"),
    ("It rounds down to .82.", ".8249"),
    ("The interval is [-.06, .12].", "-.060 to .120"),
    ("The minimum is −.127.", "min -.127"),
    ("A share of 3.2 %.", "3.2%"),
    ("A share of 3.2 %.", "0.032"),
    ("A cosine of .82.", "82.0 %"),
    ("It takes 14.3x as long, 1,234.5 in all.", "14.3 and 1234.50"),
    ("An error below 1.5e-3, and 3e-7.", "0.0015 and 3.1e-07"),
    ("From 0.1-0.3, or 0.1–0.3.", "0.10 0.30"),
    ("In words: $d^2 = 0.5$.", "0.50"),
    ("| model | score |\n|---|---|\n| mean | .82 |", "mean .820"),
    ("GloVe reaches 58.02 ([Reimers and Gurevych 2019](https://aclanthology.org/D19-1410/)).", ""),
    ("GloVe reaches 58.02 in table 1 of <https://arxiv.org/abs/1908.10084>.", ""),
    ("GloVe reaches 58.02 (doi:10.18653/v1/D19-1410).", ""),
    ("GloVe reaches 58.02 (arXiv:1908.10084).", ""),
    ("- GloVe reaches 58.02. See [the paper](https://doi.org/10.18653/v1/D19-1410).", ""),
    ("Reimers et al. 2019 measured 58.02 for GloVe [in a paper](https://doi.org/10.18653/v1/D19-1410).", ""),
    ("| model | score |\n|---|---|\n| GloVe | 58.02 [paper](https://doi.org/10.1/x) |", ""),
    ("| model | [paper](https://doi.org/10.1/x) |\n|---|---|\n| GloVe | 58.02 |\n| BERT | 46.35 |", ""),
    ("Call `pool(x, alpha=0.75)`, or:\n\n```python\nx = 0.25\n```\n\n    y = 0.35", ""),
    ("[A page](page-1.5.md), sections 2.1 and 3, table 1.2, fig. 3.4, § 2.2.", ""),
    ("Python 3.11, Python 3.11 to 3.13, Python 3.11+, version 2.4, v1.2, 2.4.1, all-MiniLM-L6-v2.", ""),
    ("Apache License 2.0, Apache 2.0, CC BY 4.0, CC-BY-4.0.", ""),
    ("The 2.5 and 97.5 percentiles, the 97.5th percentile.", ""),
    ("## 2.1 A numbered heading", ""),
    ("There are 384 dimensions and 15 % of the pairs.", ""),
    ('<p>Mean <a href="https://doi.org/10.1/x">reaches .82</a></p>', ""),
]

UNPROVEN = [
    ("Mean pooling reaches .82.", "", ".82"),
    ("Mean pooling reaches .82.", ".83", ".82"),
    ("Fewer digits in the output: .820.", ".82", ".820"),
    ("On the edge: .82, or .83.", ".825", ".82"),
    ("Rounded wrongly: .83.", ".8249", ".83"),
    ("The sign is lost: .127.", "-.127", ".127"),
    ("The sign is new: -.127.", ".127", "-.127"),
    ("An integer is no proof of 58.0.", "58", "58.0"),
    ("A share of 3.2 %.", "3.3 % or .320", "3.2 %"),
    ("A share of 3.2, no percentage.", "0.032", "3.2"),
    ("It takes 14.3x as long.", "14.2", "14.3"),
    ("An error below 1e-5.", "1e-4", "1e-5"),
    ("In words: $d^2 = 0.5$.", "", "0.5"),
    ("## A heading with .82", "", ".82"),
    ("> A quotation with .82", "", ".82"),
    ("**Bold .82** and *slanted*.", "", ".82"),
    ("![A picture of .82](picture.png)", "", ".82"),
    ("<p>HTML with <b>.82</b></p>", "", ".82"),
    ("Part of no version: 2.4.1.", "2.4", None),
    ("We measured .82. [A paper](https://doi.org/10.1/x) measured another.", "", ".82"),
    ("[A paper](https://doi.org/10.1/x) measured another. We measured .82.", "", ".82"),
    ("[CLS] reaches .35 here. [A paper](https://doi.org/10.1/x) has less.", "", ".35"),
    ("[Another lesson](04_pooling.ipynb) has .82.", "", ".82"),
    ("- first .81\n- second [a paper](https://doi.org/10.1/x)", "", ".81"),
    ("| a | .81 |\n|---|---|\n| b | [paper](https://doi.org/10.1/x) |\n| c | .82 |", "", ".82"),
    ("Version numbers end: Python 3.11 reaches .82.", "", ".82"),
    ("The table 0.5 wide.", "", "0.5"),
    ("Of .82 and more, the 97.5 percentile is best.", "", ".82"),
]


@pytest.mark.parametrize(("text", "shown"), PROVEN, ids=[text[:40] for text, _ in PROVEN])
def test_a_number_that_is_shown_or_cited_passes(text: str, shown: str):
    assert unproven(markdown_blocks(text), shown) == []


@pytest.mark.parametrize(("text", "shown", "missing"), UNPROVEN, ids=[text[:40] for text, _, _ in UNPROVEN])
def test_a_number_without_proof_is_reported(text: str, shown: str, missing: str | None):
    problems = unproven(markdown_blocks(text), shown)
    if missing is None:
        assert problems == []
    else:
        assert any(problem.startswith(f"{missing}: ") for problem in problems), problems


def sample(*outputs: NotebookNode, text: str = "# A lesson\n\nIt reaches .82.") -> NotebookNode:
    return new_notebook(cells=[new_markdown_cell(text), new_code_cell("code()", outputs=list(outputs))])


def printed(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def displayed(alt: str = "", **data: str) -> NotebookNode:
    data = {kind.replace("_", "/"): content for kind, content in data.items()}
    return new_output("display_data", data, metadata={"image/png": {"alt": alt}} if alt else {})


@pytest.mark.parametrize(
    "output",
    [
        printed("mean .820"),
        displayed(text_plain="0.8201"),
        displayed(text_html="<table><tr><td>mean</td><td>.820</td></tr></table>"),
        displayed(alt="A bar of .820 for the mean", image_png="", text_plain="Figure"),
    ],
    ids=["printed", "a result", "an HTML table", "an alternative text"],
)
def test_an_output_proves_a_number(output: NotebookNode):
    notebook = sample(output)
    assert unproven(prose(notebook), shown_text(notebook)) == []


@pytest.mark.parametrize(
    "output",
    [
        printed("mean .820", name="stderr"),
        displayed(text_markdown="The mean should reach .82.", text_plain="The mean should reach .820."),
        displayed(text_html='<div class="ll-fragment ll-quiz"><p>.820</p></div>', text_plain="Quiz .820"),
        displayed(text_html="<script>x = .820</script><style>a { opacity: .820 }</style>", text_plain=""),
        displayed(text_html="<p>colour <code>.820</code></p>", text_plain=""),
    ],
    ids=["a warning", "a card", "a quiz", "a script", "code"],
)
def test_what_was_written_by_hand_proves_nothing(output: NotebookNode):
    notebook = sample(output)
    assert len(unproven(prose(notebook), shown_text(notebook))) >= 1


def test_a_number_in_a_card_or_quiz_needs_proof_too():
    card = displayed(text_markdown="### Masked mean\n\nA short sentence falls to .434.", text_plain="")
    quiz = displayed(text_html='<div class="ll-quiz"><label>It is .573</label></div>', text_plain="")
    notebook = sample(card, quiz, text="# A lesson")
    assert [problem.split(":")[0] for problem in unproven(prose(notebook), shown_text(notebook))] == [
        ".434",
        ".573",
    ]
    notebook.cells[1].outputs.append(printed(".434 .573"))
    assert unproven(prose(notebook), shown_text(notebook)) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("You just call it.", "just"),
        ("Simply put", "Simply"),
        ("# Obviously", "Obviously"),
        ("Well done!", "!"),
        ("| a |\n|---|\n| [simply](x.md) |", "simply"),
        ("- item: **just** so", "just"),
    ],
)
def test_a_banned_word_is_reported(text: str, word: str):
    assert any(problem.startswith(repr(word)) for problem in word_problems(markdown_blocks(text)))


def test_code_mathematics_and_longer_words_may_hold_banned_ones():
    text = "We adjust it, with justice, where `a != b` and `just`, $n!$ ways. ![x](y.png)\n\n```\nsimply!\n```"
    assert word_problems(markdown_blocks(text)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("## No title", "0 titles"),
        ("# One\n\n# Two", "2 titles"),
        ("# One\n\n### Three", "level 3 under one of level 1"),
        ("# One\n\n## Two\n\n#### Four", "level 4 under one of level 2"),
        ("# One\n\n##", "without words"),
    ],
)
def test_headings_that_do_not_nest_are_reported(text: str, problem: str):
    assert any(problem in found for found in heading_problems(markdown_blocks(text)))


def test_headings_may_go_back_up():
    assert heading_problems(markdown_blocks("# One\n\n## Two\n\n### Three\n\n## Two again")) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a](05_gone.ipynb)", "no such file"),
        ("[a](../gone.md)", "no such file"),
        ("![a](../gone.png)", "no such file"),
        ('<img src="../gone.png">', "no such file"),
        ("[a][b]\n\n[b]: ../gone.md", "no such file"),
        ("[a](source/90_here.py)", "work/"),
        ("[a](#Gone)", "no such heading"),
    ],
)
def test_a_dead_link_is_reported(tmp_path: Path, text: str, problem: str):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "90_here.py").touch()
    notebook = new_notebook(cells=[new_markdown_cell(f"# Title\n\n{text}")])
    assert any(problem in found for found in notebook_link_problems(notebook, tmp_path))


def test_living_links_pass(tmp_path: Path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "04_next.ipynb").touch()
    (tmp_path / "card.md").touch()
    text = "# Some title\n\n[a](04_next.ipynb) [b](../card.md#part) [c](https://example.org) [d](#Some-title)"
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    assert notebook_link_problems(notebook, tmp_path / "notebooks") == []
