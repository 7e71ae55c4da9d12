"""A map of words to explore: points in the plane, what each one is, and who its true neighbours are (lesson 02).

A fragment like those in `lessons_lib.fragments`: one HTML element with its script, no network, readable as a
table where scripts do not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lessons_lib import fragments
from lessons_lib.geometry import normalize

ASSET = fragments.ASSETS / "map.css"


def nearest_rows(x: np.ndarray, k: int, *, by: str = "cosine") -> np.ndarray:
    """Rows of the k nearest other rows of each row, nearest first: int64 [n, k].

    Parameters
    ----------
    x : [n, d].
    k : how many, below n.
    by : "cosine" (largest first) or "distance" (smallest first), which is what the eye sees on a map.

    Examples
    --------
    >>> nearest_rows(np.array([[0.0, 1.0], [0.0, 3.0], [0.0, 2.5]]), 1, by="distance").ravel().tolist()
    [2, 2, 1]
    """
    x = np.asarray(x, dtype=np.float64)
    if by == "cosine":
        order_by = -normalize(x) @ normalize(x).T
    elif by == "distance":
        order_by = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    else:
        raise ValueError(f"by must be 'cosine' or 'distance', not {by!r}.")
    np.fill_diagonal(order_by, np.inf)
    return np.argsort(order_by, axis=1, kind="stable")[:, :k]


def show(title: str, description: str, **options) -> None:
    """Display a map of words; see `map_html` for the arguments."""
    fragments.show(map_html(title, description, **options), map_text(title, description, **options))


def map_html(
    title: str,
    description: str,
    *,
    words: Sequence[str],
    groups: Sequence[str],
    vectors: np.ndarray,
    views: Mapping[str, np.ndarray],
    notes: Mapping[str, str] | None = None,
    k: int = 4,
) -> str:
    """Points with hover text, one map or several to switch between; without scripts a table.

    Parameters
    ----------
    title, description : what it is, and what to try.
    words, groups : the n words, and for each the name of its group (a colour and a shape).
    vectors : [n, d] the vectors themselves: the neighbours shown are nearest by cosine there, not on the map.
    views : name of a map to its points [n, 2].
    notes : name of a map to a sentence under it.
    k : how many neighbours are told of each word.

    Returns
    -------
    str : one self-contained HTML element.

    Raises
    ------
    ValueError : lengths differ, there is no view, or a point is not finite.
    """
    names, nearest, maps = _checked(words, groups, vectors, views, k)
    entries = [
        {
            "word": word,
            "group": names.index(group),
            "nearest": near.tolist(),
            "text": f"Nearest by cosine: {', '.join(words[i] for i in near)}.",
        }
        for word, group, near in zip(words, groups, nearest, strict=True)
    ]
    data = {
        "title": title,
        "start": "Point at a mark, or choose a word: lines lead to its nearest words by cosine.",
        "groups": names,
        "words": entries,
        "views": [
            {"name": name, "points": np.round(points, 3).tolist(), "note": (notes or {}).get(name, "")}
            for name, points in maps.items()
        ],
    }
    static = (
        f"<style>\n{ASSET.read_text(encoding='utf-8')}</style>\n"
        f'<p class="ll-title"><strong>{fragments._rich(title)}</strong></p>\n<p>{fragments._rich(description)}</p>\n'
        '<div class="ll-stage"></div>\n<details class="ll-values" open><summary>All words as a table</summary>\n'
        '<div class="ll-scroll" tabindex="0" role="group" aria-label="All words">'
        f"{_table(words, groups, nearest, maps)}</div></details>"
    )
    return fragments._fragment("map", title, static, data)


def map_text(title: str, description: str, *, words, groups, vectors, views, notes=None, k: int = 4) -> str:
    """The map as plain text: each word with its group and its neighbours by cosine."""
    _, nearest, _ = _checked(words, groups, vectors, views, k)
    lines = [title, description, *(f"{name}: {note}" for name, note in (notes or {}).items())]
    for word, group, near in zip(words, groups, nearest, strict=True):
        lines.append(f"- {word} ({group}): {', '.join(words[i] for i in near)}")
    return "\n".join(lines)


def _table(words: Sequence[str], groups: Sequence[str], nearest: np.ndarray, maps: Mapping[str, np.ndarray]) -> str:
    seen = {name: nearest_rows(points, 1, by="distance")[:, 0] for name, points in maps.items()}
    head = ["Word", "Group", "Nearest by cosine", *(f"Nearest on the map: {name}" for name in maps)]
    columns = "".join(f'<th scope="col">{fragments._rich(text)}</th>' for text in head)
    rows = []
    for i, word in enumerate(words):
        near = ", ".join(words[j] for j in nearest[i])
        cells = [groups[i], near, *(words[rows_seen[i]] for rows_seen in seen.values())]
        others = "".join(f"<td>{fragments._rich(text)}</td>" for text in cells)
        rows.append(f'<tr><th scope="row">{fragments._rich(word)}</th>{others}</tr>')
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _checked(
    words: Sequence[str], groups: Sequence[str], vectors: np.ndarray, views: Mapping[str, np.ndarray], k: int
) -> tuple[list[str], np.ndarray, dict[str, np.ndarray]]:
    """Names of the groups, the neighbours, and the maps scaled into 0 to 1."""
    n = len(words)
    if len(groups) != n or len(vectors) != n or not views or not 0 < k < n:
        raise ValueError(
            f"groups and vectors must have one entry for each of the {n} words, views one map or more, and k lies "
            f"between 1 and {n - 1}; got {len(groups)} groups, {len(vectors)} vectors, {len(views)} views and k = {k}."
        )
    maps = {}
    for name, points in views.items():
        points = np.asarray(points, dtype=np.float64)
        if points.shape != (n, 2) or not np.isfinite(points).all():
            raise ValueError(
                f"views: {name!r} must hold a finite point for each word, [{n}, 2]; got shape {points.shape}."
            )
        low, high = points.min(axis=0), points.max(axis=0)
        maps[name] = (points - low) / np.where(high > low, high - low, 1)
    return list(dict.fromkeys(groups)), nearest_rows(vectors, k), maps
