"""Documents: what runs and comparisons say, as objects. docs/results.md has every field of a run's results."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import error_of

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]


class Document(dict[str, Any]):
    """A dictionary whose entries are attributes, too: results.selection.chosen. A part that is not set is None."""

    def __init__(self, entries: dict[str, Any]) -> None:
        super().__init__({name: _as_object(value) for name, value in entries.items()})

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the document has no field {name!r}; it has {', '.join(self)}") from None

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self]


def _as_object(value: Any) -> Any:
    if isinstance(value, Document):
        return value
    if isinstance(value, dict):
        return Document(value)
    if isinstance(value, list):
        return [_as_object(element) for element in value]
    return value


class Variants(list[Document]):
    """The models of a run, by their place or by name: variants[0], variants["food_linear_8"]."""

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        for variant in self:
            if variant["name"] == key:
                return variant
        raise KeyError(key)

    def to_pandas(self) -> pandas.DataFrame:
        """A table with a row for each variant: what it is, its sizes in bytes, and a column for each figure of its
        evaluation. Raises ImportError where pandas is not installed."""
        import pandas

        return pandas.DataFrame([_row(variant) for variant in self])


def _row(variant: Document) -> dict[str, Any]:
    row = _plain(variant)
    evaluation = variant.get("evaluation")
    if evaluation:
        row.update(_plain(evaluation))
        row.update({figure["metric"]: figure["value"] for figure in evaluation["figures"]})
    return row


def _plain(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not isinstance(value, (dict, list))}


class Results(Document):
    """The document of a run, and what became of it: `exit_code` as of the program, `failures` with a line for each
    variant or report that failed, the run's `folder`, where `published` is (or None), and how many tasks were `computed`
    and `reused`. Of an earlier run that was loaded, only the document and the folder are known."""

    def __init__(self, document: dict[str, Any], folder: str | Path | None = None, **outcome: Any) -> None:
        super().__init__(document)
        self["variants"] = Variants(self["variants"])
        # Beside the document's fields, not among them.
        for name, value in (
            ("folder", None if folder is None else Path(folder)),
            ("exit_code", outcome.get("exit_code", 0)),
            ("failures", outcome.get("failures", [])),
            ("published", Path(outcome["published"]) if outcome.get("published") else None),
            ("computed", outcome.get("computed", 0)),
            ("reused", outcome.get("reused", 0)),
        ):
            object.__setattr__(self, name, value)

    if TYPE_CHECKING:
        folder: Path | None
        exit_code: int
        failures: list[str]
        published: Path | None
        computed: int
        reused: int
        variants: Variants

    @property
    def chosen(self) -> Document | None:
        """The variant that was selected; None without a `select` stage, or where none is within the limits."""
        name = self["selection"] and self["selection"]["chosen"]
        return self["variants"][name] if name else None

    def file(self, variant: Document | str) -> Path:
        """Where a variant's model lies."""
        found = self["variants"][variant] if isinstance(variant, str) else variant
        return (self.folder or Path()) / found["file"]

    def check(self) -> Results:
        """Raises the error of the exit code unless the run is done and its gate passed; returns the results."""
        if self.exit_code == 0:
            return self
        reason = self["selection"]["reason"] if self["selection"] else ""
        if self["proof"] and not self["proof"]["passed"]:
            reason = self["proof"]["reason"]
        raise error_of(self.exit_code, "\n".join(self.failures) or reason)

    def __repr__(self) -> str:
        chosen = self.chosen
        return f"Results({self['name']!r}, {len(self['variants'])} variants, chosen: {chosen and chosen['name']})"
