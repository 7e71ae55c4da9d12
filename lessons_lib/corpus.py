"""From Python source to running text: docstrings, found without importing anything and cleaned of code.

The documentation of the installed packages is a corpus of over two million words that lies on every
learner's disk. `load_dataset("python_docs")` reads it through these functions (lessons 01, 02, 07 and 09).
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

# ---------------------------------------------------------------- finding


def source_files(folder: Path) -> list[Path]:
    """Python files of an installed package, in a fixed order, without its tests.

    Examples
    --------
    >>> from lessons_lib.resources import package_folder
    >>> source_files(package_folder("tqdm"))[0].name
    '__init__.py'
    """
    files = (path for path in folder.rglob("*.py") if not _TEST_FOLDERS & set(path.relative_to(folder).parts[:-1]))
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


_TEST_FOLDERS = {"test", "tests", "testing", "_testing", "test_data"}


def docstrings(source: str, module: str = "module") -> Iterator[tuple[str, str]]:
    """Give (qualified name, docstring) of a module, its classes and its functions, in source order.

    Documentation that a module hands to a compiled function counts too: a long string among the arguments
    of a call such as `add_newdoc(...)` (NumPy, SciPy) or `add_docstr(...)` (torch).

    Parameters
    ----------
    source : text of a Python file. It is parsed, never run.
    module : dotted name of the module, for the qualified names.

    Raises
    ------
    SyntaxError : source is not Python of this version.

    Examples
    --------
    >>> list(docstrings('def mean(x):\\n    "Average of x."', "stats"))
    [('stats.mean', 'Average of x.')]
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd escapes in other people's files are not ours to report
        tree = ast.parse(source)
    yield from _walk(tree, module)


def _walk(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, (ast.Module, *_DEFINITIONS)) and (text := ast.get_docstring(node)):
        yield name, text
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _DEFINITIONS):
            yield from _walk(child, f"{name}.{child.name}")
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            yield from _handed_over(child.value, name)
        elif isinstance(child, ast.stmt):
            yield from _walk(child, name)


_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _handed_over(call: ast.Call, name: str) -> Iterator[tuple[str, str]]:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if not re.search(r"add_\w*doc", function):
        return
    strings = [part for argument in call.args for part in ast.walk(argument) if isinstance(part, ast.Constant)]
    strings = [part.value for part in strings if isinstance(part.value, str)]
    about = [text for text in strings if re.fullmatch(r"\w+", text)]
    if not about:
        about = [ast.unparse(argument) for argument in call.args[:1]]
    for text in strings:
        if len(text.split()) >= 4:
            yield f"{name}.{about[-1]}", text


def topics(source: str) -> Iterator[tuple[str, str]]:
    """Give (topic, text) of `pydoc_data/topics.py`, the pages behind Python's `help("for")`.

    Examples
    --------
    >>> list(topics("topics = {'for': 'The for statement.'}"))
    [('for', 'The for statement.')]
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield str(key.value), value.value


def read_file(path: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Give (qualified name, clean text) of what one file documents; nothing for a file that is not Python's.

    Parameters
    ----------
    path : a file of the package.
    folder : the package's folder; names start with the name of the folder.
    """
    try:
        source = path.read_text(encoding="utf-8")
        if folder.name == "pydoc_data":
            found = topics(source)
        elif '"""' in source or "'''" in source:
            parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
            found = docstrings(source, ".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        else:
            return
        for name, text in found:
            if text := clean(text):
                yield name, text
    except (SyntaxError, UnicodeDecodeError):  # a template, or a file for another version of Python
        return


# ---------------------------------------------------------------- cleaning


def clean(docstring: str) -> str:
    """Keep the sentences of a docstring: no examples, formulas, markup, section titles, tables, or lists of types.

    Returns
    -------
    str : paragraphs, each on one line, with an empty line between two; "" if no paragraph of four words is left.

    Examples
    --------
    >>> print(clean('''Return the ``mean`` along :ref:`an axis <axes>` [1]_.
    ...
    ... Parameters
    ... ----------
    ... x : array_like
    ...     Numbers to be averaged.
    ...
    ... >>> mean([1, 3])
    ... 2.0'''))
    Return the mean along an axis.
    <BLANKLINE>
    Numbers to be averaged.
    """
    text = docstring.expandtabs()
    for pattern, replacement in _BLOCKS:
        text = pattern.sub(replacement, text)
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        for pattern, replacement in _MARKUP:
            paragraph = pattern.sub(replacement, paragraph)
        paragraph = " ".join(paragraph.split())
        if _is_prose(paragraph):
            paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)


def _is_prose(paragraph: str) -> bool:
    """Whether there are four words and most of what stands between spaces is a word: tables and signatures are not."""
    pieces = paragraph.split()
    words = sum(_WORD.fullmatch(piece) is not None for piece in pieces)
    return words >= 4 and words >= 0.6 * len(pieces)


_WORD = re.compile(r"[(\"']*[A-Za-z]+(?:['-][A-Za-z]+)*[)\"']*[.,;:?!)]*")
_DEEPER = r"(?:(?:\1 +.*| *)(?:\n|\Z))*"  # the lines below that are empty or further to the right

# In this order, on the whole docstring: what is left out, and where a paragraph begins.
_BLOCKS = [
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"^ *>>>.*(?:\n(?! *$).*)*", ""),  # an example with its output, up to an empty line
        (r"^( *)\.\. (?:note|warning|seealso|tip|important|attention|deprecated|version\w+)::", r"\n\1"),
        (r"^( *)\.\. .*\n" + _DEEPER, "\n"),  # any other directive, with its body: math, code, image, footnote
        (r"^( *)(\S.*):: *\n" + _DEEPER, r"\1\2:\n\n"),  # a literal block
        (r"^ *References?\n *-{3,} *\n(?:.*\n(?!.*\n *-{3,} *$))*", "\n"),  # up to the next title
        (r"^.*\n *([-=~^*#])\1{2,} *$", "\n"),  # a title with its underline
        (r"^ *[*\w][\w*, .]* : .*$", "\n"),  # "x : array_like": a name and its type
        (r"^ *`{0,2}\*{0,2}\w+`{0,2}(?: ?\(.*?\))?: ", "\n\n"),  # "x (Tensor, optional): ", the sentence follows
        (r"^ *(?:[-*+•]|\d+[.)]|#\.|\(\w\)) +", "\n\n"),  # a point of a list
    )
]
_MARKUP = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\$[^$\n]+\$|:math:`[^`]*`", " "),
        (r"https?://\S+", " "),
        (r"\s*\[[\w.,-]+\]_", ""),  # a reference to a footnote
        (r"(?::[\w:]+:)?`+~?([^`<]*?)\s*(?:<[^`>]*>)?`+_*", r"\1"),  # a role, a link, or code: its visible text
        (r"(?<!\w)\*{1,2}(\w[^*]*?)\*{1,2}(?!\w)", r"\1"),  # emphasis
        (r"\|\w+\||\\\w+", " "),  # a substitution, a command of LaTeX
    )
]
