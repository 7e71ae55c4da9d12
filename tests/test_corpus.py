"""Docstrings found in source text, and sentences found in docstrings."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import corpus

SOURCE = '''
"""A module that would fail if it ran."""
raise RuntimeError

class Scaler:
    """Scales."""

    def fit(self):
        """Fits."""

    if True:
        async def later(self):
            """Waits."""

def plain():
    return "no docstring"

add_newdoc("numpy._core", "tiny", """Documentation of a compiled function.""")
add_docstr(torch.abs, r"""The absolute value of each element.""")
print("This is no documentation at all.")
'''


def test_docstrings_are_found_with_their_names_and_nothing_is_run():
    assert list(corpus.docstrings(SOURCE, "pkg.mod")) == [
        ("pkg.mod", "A module that would fail if it ran."),
        ("pkg.mod.Scaler", "Scales."),
        ("pkg.mod.Scaler.fit", "Fits."),
        ("pkg.mod.Scaler.later", "Waits."),
        ("pkg.mod.tiny", "Documentation of a compiled function."),
        ("pkg.mod.torch.abs", "The absolute value of each element."),
    ]


def test_the_pages_of_python_s_help_are_found():
    assert list(corpus.topics("# made by Sphinx\ntopics = {'if': 'One.', 'for': 'Two.'}")) == [
        ("if", "One."), ("for", "Two."),
    ]  # fmt: skip


def test_files_of_tests_are_left_out(tmp_path):
    for name in ("b.py", "a/c.py", "tests/d.py", "a/test/e.py", "f.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.relative_to(tmp_path).as_posix() for path in corpus.source_files(tmp_path)] == ["a/c.py", "b.py"]


def test_a_file_gives_clean_text_with_the_name_of_its_module(tmp_path):
    folder = tmp_path / "pkg"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "__init__.py").write_text('"""All the words stay here."""\n', encoding="utf-8")
    assert list(corpus.read_file(folder / "sub" / "__init__.py", folder)) == [("pkg.sub", "All the words stay here.")]


@pytest.mark.parametrize(
    "content", [b'"""Not {{ python }}"""\ndef {{ name }}():', b'"""\xff\xfe not UTF-8"""', b"x = 1"]
)
def test_a_file_that_is_no_python_of_ours_gives_nothing(tmp_path, content):
    (tmp_path / "a.py").write_bytes(content)
    assert list(corpus.read_file(tmp_path / "a.py", tmp_path)) == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Plain words stay as they are.", "Plain words stay as they are."),
        ("Two lines of one\nparagraph become one line.", "Two lines of one paragraph become one line."),
        ("First paragraph of four words.\n\nAnd here the second one.",
         "First paragraph of four words.\n\nAnd here the second one."),
        ("Too short.", ""),
        (">>> one(2)\n3\n\nAfter the example comes text.", "After the example comes text."),
        ("Here is a formula:\n\n.. math::\n\n    a = b + c\n\nand the words go on.",
         "Here is a formula:\n\nand the words go on."),
        (".. note:: The note is kept as words.", "The note is kept as words."),
        (".. note::\n    The note is kept as words.", "The note is kept as words."),
        ("Call it as follows here::\n\n    run(this, and, not, that)\n\nThen look at it again.",
         "Call it as follows here:\n\nThen look at it again."),
        ("Returns\n-------\nout : ndarray of shape (n,)\n    The sum of all values.", "The sum of all values."),
        ("Args:\n    dim (int, optional): the dimension that is reduced", "the dimension that is reduced"),
        ("* the first point of all\n* the second point of all",
         "the first point of all\n\nthe second point of all"),
        ("Text that is kept here.\n\nReferences\n----------\n.. [1] A. Author, A Title of a Book, 1999.\n",
         "Text that is kept here."),
        ("See :func:`numpy.mean`, :ref:`the guide <guide>` and ``axis`` for *all* the details.",
         "See numpy.mean, the guide and axis for all the details."),
        ("As shown in [1]_ this is right: https://example.org/x.", "As shown in this is right:"),
        ("a | b | c | d | e | 1 | 2", ""),
        ("f(x, y=0) -> g(z[1], {2: 3})", ""),
    ],
)  # fmt: skip
def test_sentences_stay_and_markup_goes(written, kept):
    assert corpus.clean(written) == kept


@given(st.text(alphabet='ab .:`*\n>-=|[]_{}\\"()1', max_size=200))
def test_cleaning_ends_and_leaves_only_paragraphs_of_words(text):
    cleaned = corpus.clean(text)
    for paragraph in cleaned.split("\n\n") if cleaned else []:
        assert len(paragraph.split()) >= 4
        assert "\n" not in paragraph


def test_a_long_docstring_is_cleaned_in_time():
    text = textwrap.indent("- " * 2000 + "`" * 2000 + "\n" + "word " * 2000 + "::\n" * 500, "    ")
    assert isinstance(corpus.clean(text), str)
