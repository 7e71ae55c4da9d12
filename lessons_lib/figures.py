"""Figures that can be seen, read aloud, and told apart without colour.

`use_style()` sets the look, `show(fig, alt)` puts a finished figure under a cell together with its text. The
functions after these two draw the plots that more than one lesson needs.
"""

from __future__ import annotations

import base64
import html
import io
import re
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart in every kind of colour blindness; their yellow is too pale on white.
COLOURS = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "amber": "#E69F00",
    "grey": "#595959",
}
PIXELS_PER_INCH = 144  # half as many again as a screen's 96: sharp, and still small in the notebook
SHORTEST_ALT = 40

# JupyterLab leaves the alternative text of stored pictures aside, so the text under the picture hands its
# own to the picture before it. Where scripts do not run, the folded text is still there to be read.
_FIGURE_IN_WORDS = """\
<div class="ll-figure-words"><details><summary>Figure in words</summary><p>{words}</p></details>
<script>(() => {{
  const words = document.currentScript?.parentElement.querySelector("p").textContent;
  let box = document.currentScript;
  for (let level = 0; box && level < 4; level += 1) {{
    box = box.parentElement;
    const image = box?.previousElementSibling?.querySelector("img");
    if (image) {{ image.alt = words; break; }}
  }}
}})();</script></div>"""


def use_style() -> None:
    """Set matplotlib's defaults for the course: colours, sizes, a quiet grid, titles on the left.

    Examples
    --------
    >>> use_style()
    """
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(
        {
            "axes.axisbelow": True,
            "axes.grid": True,
            "axes.prop_cycle": cycler(color=list(COLOURS.values())),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlelocation": "left",
            "axes.titlesize": "medium",
            "axes.titleweight": "bold",
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "figure.figsize": (7.5, 4.2),
            "font.size": 11.0,
            "grid.alpha": 0.35,
            "grid.linewidth": 0.6,
            "legend.frameon": False,
            "lines.linewidth": 2.0,
        }
    )


def show(fig: Figure, alt: str) -> None:
    """Put a figure under the running cell, with its text, and close it.

    The picture is stored as PNG with `alt` as its alternative text; under it stands the same text, folded.

    Parameters
    ----------
    fig
        A figure whose title states the finding and whose number axes have labels.
    alt
        What is seen, in at least 40 characters: the kind of plot, what is compared, the values that matter.
        Write the numbers from the plotted data, so that text and picture cannot disagree.

    Raises
    ------
    ValueError
        If `alt` is too short, no title is set, or an axis with numbers has no label.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> _ = ax.plot([1, 2], [3.0, 5.0])
    >>> _ = ax.set(xlabel="layer", ylabel="cosine", title="Cosine grows with depth")
    >>> show(fig, "Line from a cosine of 3 in layer 1 up to 5 in layer 2.")  # doctest: +SKIP
    """
    from IPython.display import display
    from matplotlib import pyplot

    alt = " ".join(alt.split())
    if len(alt) < SHORTEST_ALT:
        raise ValueError(f"alt has {len(alt)} characters: say what is seen, in at least {SHORTEST_ALT}; got {alt!r}")
    png = _as_png(fig)
    picture = {"alt": alt, "title": _title(fig), "width": _width(png) * 96 // PIXELS_PER_INCH}
    pyplot.close(fig)
    display(
        {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": f"Figure: {alt}"},
        metadata={"image/png": picture},
        raw=True,
    )
    display({"text/html": figure_in_words(alt), "text/plain": "(figure in words)"}, raw=True)


def figure_in_words(alt: str) -> str:
    """Return the folded HTML block that stands under a figure and says what is seen in it."""
    return _FIGURE_IN_WORDS.format(words=html.escape(alt))


def _as_png(fig: Figure) -> bytes:
    """Draw the figure; the same figure gives the same bytes (no software name, no date)."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=PIXELS_PER_INCH, bbox_inches="tight", metadata={"Software": None})
    unlabelled = _axes_without_label(fig)
    if unlabelled:
        raise ValueError(f"every axis with numbers needs a label that says what is counted: {', '.join(unlabelled)}")
    return buffer.getvalue()


def _width(png: bytes) -> int:
    """Return the width in pixels, from the header chunk of a PNG."""
    return struct.unpack(">I", png[16:20])[0]


def _title(fig: Figure) -> str:
    """Return the words over the figure: its own title and those of its axes."""
    titles = [fig.get_suptitle()]
    titles += [ax.get_title(loc=side) for ax in fig.axes for side in ("left", "center", "right")]
    words = " / ".join(" ".join(title.split()) for title in titles if title.strip())
    if len(words.split()) < 3:
        raise ValueError(f"the figure's title must state the finding, in three words or more; got {words!r}")
    return words


def _axes_without_label(fig: Figure) -> list[str]:
    """Name the axes that show numbers and say nowhere (not on a shared axis either) what the numbers are."""
    missing = []
    for position, ax in enumerate(fig.axes, start=1):
        if not (ax.axison and ax.get_visible()):
            continue
        for name, siblings in (("x", ax.get_shared_x_axes()), ("y", ax.get_shared_y_axes())):
            labels = [getattr(other, f"get_{name}label")() for other in siblings.get_siblings(ax)]
            labels.append(getattr(fig, f"get_sup{name}label")())
            if not any(label.strip() for label in labels) and _shows_numbers(getattr(ax, f"{name}axis")):
                missing.append(f"the {name} axis of plot {position}")
    return missing


def _shows_numbers(axis: Axis) -> bool:
    texts = (label.get_text() for label in axis.get_ticklabels() if label.get_visible())
    return axis.get_visible() and any(re.fullmatch(r"[-−+]?[\d.,]+\s*%?", text.strip("$ ")) for text in texts)


# ---------------------------------------------------------------- plots that more than one lesson needs


def dot_plot(ax: Axes, intervals: Mapping[str, tuple[float, float, float]], *, baseline: float | None = None) -> None:
    """Draw one dot with its interval for each name, the first name on top.

    Parameters
    ----------
    ax
        Where to draw.
    intervals
        Name to (estimate, low, high), such as `evaluation.Interval`.
    baseline
        A value to compare with, drawn as a dashed line.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> dot_plot(ax, {"mean": (0.5, 0.4, 0.6), "max": (0.2, 0.1, 0.3)}, baseline=0.0)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['mean', 'max']
    """
    for row, (estimate, low, high) in enumerate(intervals.values()):
        ax.plot([low, high], [row, row], color=COLOURS["blue"], linewidth=2)
        ax.plot([estimate], [row], "o", color=COLOURS["blue"], markersize=8)
    if baseline is not None:
        ax.axvline(baseline, color=COLOURS["grey"], linestyle="--", linewidth=1.5)
    ax.set_yticks(range(len(intervals)), list(intervals))
    ax.set_ylim(len(intervals) - 0.5, -0.5)


def in_words(intervals: Mapping[str, tuple[float, float, float]], separator: str = ", ") -> str:
    """Write estimates with their intervals as text, for alternative text and for printing.

    Examples
    --------
    >>> in_words({"mean": (0.5, 0.4, 0.6)})
    'mean 0.500 [0.400, 0.600]'
    """
    return separator.join(
        f"{name} {value:.3f} [{low:.3f}, {high:.3f}]" for name, (value, low, high) in intervals.items()
    )


def line_plot(ax: Axes, x: Sequence[float], lines: Mapping[str, Sequence[float]]) -> None:
    """Draw one line for each name, told apart by colour, marker and dashes, with a legend.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> line_plot(ax, [1, 2, 3], {"mean": [0.1, 0.2, 0.3], "max": [0.1, 0.1, 0.1]})
    >>> [line.get_label() for line in ax.get_lines()]
    ['mean', 'max']
    """
    looks = zip(COLOURS.values(), ("o-", "s--", "D-.", "^:", "v--", "P-", "X:"), strict=True)
    for (name, y), (colour, look) in zip(lines.items(), looks, strict=False):
        ax.plot(x, y, look, color=colour, label=name)
    ax.legend()
