"""Companion package of the course on word and sentence embeddings.

Everything a lesson teaches is a function here, and `import lessons_lib as ll` gives the ones used most.
The import itself is quick: a module, and what it needs (NumPy, torch, transformers), is loaded
when one of its names is first used.
"""

from __future__ import annotations

import importlib

_HOME = {
    "resources": ("available", "load_dataset", "model_folder"),
    "counts": ("cooccurrence", "nearest_words", "ppmi", "svd_vectors", "word_pair_score"),
    "encoder": ("Encoder", "TokenStates", "load_encoder"),
    "word_vectors": ("train_glove", "train_sgns", "train_with_gensim"),
    "word_relations": ("analogy", "answer_analogies", "weat"),
    "vector_files": ("load_vectors",),
    "pooling": ("pool",),
    "geometry": ("cosine_similarity", "dot_product", "euclidean_distance", "normalize"),
    "search": ("top_k",),
    "evaluation": ("bootstrap_ci", "mean_reciprocal_rank", "paired_bootstrap", "recall_at_k", "spearman"),
    "checking": ("predict", "progress", "show_source"),
}
_MODULES = (*_HOME, "exercises", "figures", "fragments", "word_map")
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted([*_WHERE, *_MODULES])


def __getattr__(name: str):
    if name in _WHERE:
        value = getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
