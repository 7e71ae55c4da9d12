"""The exercises: one module per lesson, each with statements, hints, references and mutants."""
