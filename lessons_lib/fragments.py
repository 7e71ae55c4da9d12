"""Small pieces of HTML for notebooks: quizzes and slider playgrounds.

Each fragment is one self-contained `<div class="ll-fragment">` with its style and
script (in `assets/`), and needs no network. The script draws the interactive
part from data; where scripts do not run (an untrusted notebook), the same
content is there to read, as a list or a table. Colours follow the page, light
or dark. The same content always gives the same HTML.
"""

from __future__ import annotations

import functools
import hashlib
import html
import itertools
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lessons_lib.checking import Question, Quiz

ASSETS = Path(__file__).with_name("assets")


# ---------------------------------------------------------------- display


def show(fragment: str, text: str) -> None:
    """Display HTML in a notebook, with a plain text beside it; elsewhere print the text."""
    _display({"text/html": fragment, "text/plain": text})


def show_markdown(markdown: str, text: str) -> None:
    """Display Markdown in a notebook, with a plain text beside it; elsewhere print the text."""
    _display({"text/markdown": markdown, "text/plain": text})


def _display(bundle: dict[str, str]) -> None:
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(bundle["text/plain"])
        return
    from IPython.display import display

    display(bundle, raw=True)


# ---------------------------------------------------------------- what all fragments share


def _fragment(kind: str, name: str, static: str, data: dict[str, Any]) -> str:
    """Put together style, static text and script; the id comes from the content."""
    content = json.dumps([kind, static, data], sort_keys=True)
    identity = f"ll-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
    script = "\n".join(
        [
            f"(() => {{\nconst data = {_as_script(data | {'id': identity})};",
            _asset("fragment.js"),
            _asset(f"{kind}.js"),
            "})();",
        ]
    )
    root = f'class="ll-fragment ll-{kind}" data-ll="{identity}" role="group" aria-label="{html.escape(name)}"'
    return "\n".join(
        [
            f"<div {root}>",
            f"<style>\n{_asset('fragment.css')}\n</style>",
            static,
            f"<script>\n{script}\n</script>",
            "</div>",
        ]
    )


@functools.cache
def _asset(name: str) -> str:
    """A style or script without its comments and indentation."""
    text = re.sub(r"/\*.*?\*/", "", (ASSETS / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _as_script(data: Any) -> str:
    """JSON that can stand inside a script element: nothing in it can end the script."""
    text = json.dumps(data, sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _rich(text: str) -> str:
    """Escaped text, with what stands between backticks as code.

    >>> _rich("`a < b` is safe")
    '<code>a &lt; b</code> is safe'
    """
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text))


# ---------------------------------------------------------------- quiz


def quiz_html(quiz: Quiz) -> str:
    """The quiz as a form with feedback; without scripts a list with folded answers.

    Parameters
    ----------
    quiz
        A `checking.Quiz`.

    Returns
    -------
    str
        One self-contained HTML element.
    """
    questions = "".join(f"<li>{_static_question(question)}</li>" for question in quiz.questions)
    static = (
        '<p class="ll-title"><strong>Quiz</strong></p>\n<div class="ll-stage"></div>\n'
        f'<div class="ll-static"><ol>{questions}</ol></div>'
    )
    data = [
        {
            "text": question.text,
            "options": [
                {"text": option.text, "correct": option.correct, "feedback": option.feedback}
                for option in question.options
            ],
        }
        for question in quiz.questions
    ]
    return _fragment("quiz", f"Quiz: {quiz.name}", static, {"questions": data})


def _static_question(question: Question) -> str:
    options = "".join(f"<li>{_rich(option.text)}</li>" for option in question.options)
    answers = "".join(
        f"<li>{'<strong>Right</strong>' if option.correct else 'Not right'}: "
        f"{_rich(option.text)}{f' ({_rich(option.feedback)})' if option.feedback else ''}</li>"
        for option in sorted(question.options, key=lambda option: not option.correct)
    )
    return (
        f"<p>{_rich(question.text)}</p><ul>{options}</ul><details><summary>Answer</summary><ul>{answers}</ul></details>"
    )


def quiz_text(quiz: Quiz) -> str:
    """The quiz as plain text, with the answers at the end."""
    lines = []
    answers = ["", "Answers"]
    for number, question in enumerate(quiz.questions, start=1):
        lines.append(f"{number}. {question.text}")
        for letter, option in zip("abcdefghijklmnopqrstuvwxyz", question.options, strict=False):
            lines.append(f"   {letter}) {option.text}")
            if option.correct:
                answers.append(f"{number}. {letter}) {option.feedback}".rstrip())
    return "\n".join(lines + answers)


# ---------------------------------------------------------------- slider playground


@dataclass(frozen=True)
class Frame:
    """One position of a slider.

    Parameters
    ----------
    label
        The position in words, "8 padding tokens".
    sentence
        What is seen there; read aloud by a screen reader when the slider moves.
    bars
        Pairs of a label and a number.
    chips
        Pairs of a text and its weight; a weight of 0 or None means left out, and is
        struck through.
    """

    label: str
    sentence: str
    bars: Sequence[tuple[str, float]] = ()
    chips: Sequence[tuple[str, float | None]] = ()


def slider(title: str, description: str, frames: Any, **options: Any) -> None:
    """Display a slider playground; see `slider_html` for the arguments."""
    text = slider_text(title, description, frames, **options)
    show(slider_html(title, description, frames, **options), text)


def slider_html(
    title: str,
    description: str,
    frames: Sequence[Frame] | Mapping[str, Sequence[Frame]],
    *,
    label: str = "Step",
    group_label: str = "Show",
    bars_label: str = "Values",
    chips_label: str = "Tokens and their weights",
    start: int = 0,
    decimals: int = 3,
) -> str:
    """A slider over frames that were computed beforehand; without scripts a table of them.

    Parameters
    ----------
    title, description
        What it is, and what to try.
    frames
        Frames from left to right; or several lists of equal length, by name,
        between which the learner can switch ("mask honoured", "mask forgotten").
    label, group_label
        Names of the slider and of the switch.
    bars_label, chips_label
        Captions over the bars and over the tokens.
    start
        Position at the beginning.
    decimals
        Digits after the point of every number.

    Returns
    -------
    str
        One self-contained HTML element.

    Raises
    ------
    ValueError
        If there is no frame, groups differ in length, `start` lies outside, or a
        number is not finite.
    """
    groups = _groups(frames, start)
    every = [frame for group in groups.values() for frame in group]
    values = [value for frame in every for _, value in frame.bars]
    data = {
        "label": label,
        "groupLabel": group_label,
        "barsLabel": bars_label,
        "chipsLabel": chips_label,
        "start": start,
        "low": min([0.0, *values]),
        "high": max([0.0, *values]),
        "heaviest": max([0.0, *(abs(weight or 0.0) for frame in every for _, weight in frame.chips)]),
        "hasBars": any(frame.bars for frame in every),
        "hasChips": any(frame.chips for frame in every),
        "groups": [
            {"name": name, "frames": [_frame_data(frame, decimals) for frame in group]}
            for name, group in groups.items()
        ],
    }
    tables = "".join(_table_html(name, group, label, decimals) for name, group in groups.items())
    static = (
        f'<p class="ll-title"><strong>{_rich(title)}</strong></p>\n<p>{_rich(description)}</p>\n'
        '<div class="ll-stage"></div>\n'
        '<details class="ll-values" open><summary>All values as a table</summary>\n'
        f'<div class="ll-scroll" tabindex="0" role="group" aria-label="All values">{tables}</div></details>'
    )
    return _fragment("slider", title, static, data)


def slider_text(
    title: str,
    description: str,
    frames: Sequence[Frame] | Mapping[str, Sequence[Frame]],
    *,
    decimals: int = 3,
    **options: Any,
) -> str:
    """The playground as plain text: one line a frame."""
    lines = [title, description]
    for name, group in _groups(frames, 0).items():
        if name:
            lines.append(f"{name}:")
        lines += [f"- {frame.label}: {frame.sentence}" + _numbers(frame, decimals) for frame in group]
    return "\n".join(lines)


def _numbers(frame: Frame, decimals: int) -> str:
    bars = ", ".join(f"{label} {_shown(value, decimals)}" for label, value in frame.bars)
    return f" [{bars}]" if bars else ""


def _groups(frames: Any, start: int) -> dict[str, list[Frame]]:
    """The frames by group, checked; a single list is a group without a name."""
    named = frames if isinstance(frames, Mapping) else {"": frames}
    groups = {name: list(group) for name, group in named.items()}
    lengths = {len(group) for group in groups.values()}
    if len(lengths) != 1 or not lengths.isdisjoint({0}):
        raise ValueError(f"frames needs one frame or more, and as many in each group; got {sorted(lengths)}")
    if not 0 <= start < min(lengths):
        raise ValueError(f"start must be a position from 0 to {min(lengths) - 1}; got {start}")
    for frame in (frame for group in groups.values() for frame in group):
        for text, value in (*frame.bars, *frame.chips):
            if value is not None and not abs(value) < float("inf"):
                raise ValueError(f"frames holds a number that is not finite: {text!r} is {value}")
    return groups


def _frame_data(frame: Frame, decimals: int) -> dict[str, Any]:
    return {
        "label": frame.label,
        "sentence": frame.sentence,
        "bars": [
            {"label": text, "value": round(float(value), 6), "shown": _shown(value, decimals)}
            for text, value in frame.bars
        ],
        "chips": [
            {"text": text, "weight": round(float(weight or 0.0), 6), "shown": _weight(weight, decimals)}
            for text, weight in frame.chips
        ],
    }


def _weight(weight: float | None, decimals: int) -> str:
    return _shown(weight, decimals) if weight else "left out"


def _shown(value: float, decimals: int) -> str:
    """A rounded number, and never a minus zero."""
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}"


def _table_html(name: str, frames: list[Frame], label: str, decimals: int) -> str:
    """All frames of one group; a column for each bar where all frames have the same bars."""
    bar_labels = [text for text, _ in frames[0].bars]
    has_chips = any(frame.chips for frame in frames)
    same_bars = all([text for text, _ in frame.bars] == bar_labels for frame in frames)
    head = [label, *(bar_labels if same_bars else ["Values"])]
    head += ["Tokens", "What is seen"] if has_chips else ["What is seen"]
    columns = "".join(f'<th scope="col">{_rich(text)}</th>' for text in head)
    rows = [f"<tr>{columns}</tr>"]
    for frame in frames:
        cells = [f'<th scope="row">{_rich(frame.label)}</th>']
        if same_bars:
            cells += [f'<td class="ll-number">{_shown(value, decimals)}</td>' for _, value in frame.bars]
        else:
            bars = ", ".join(f"{text} {_shown(value, decimals)}" for text, value in frame.bars)
            cells.append(f"<td>{_rich(bars)}</td>")
        if has_chips:
            cells.append(f"<td>{_chips_html(frame, decimals)}</td>")
        cells.append(f"<td>{_rich(frame.sentence)}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    caption = f"<caption>{_rich(name)}</caption>" if name else ""
    return f"<table>{caption}<thead>{rows[0]}</thead><tbody>{''.join(rows[1:])}</tbody></table>"


def _chips_html(frame: Frame, decimals: int) -> str:
    """The tokens with their weights; what stands there several times in a row is counted."""
    shown = []
    for (text, weight), run in itertools.groupby(frame.chips):
        word = html.escape(text)
        entry = f"{word} {_weight(weight, decimals)}" if weight else f"<s>{word}</s> left out"
        count = len(list(run))
        shown.append(f"{count} × {entry}" if count > 1 else entry)
    return ", ".join(shown)
