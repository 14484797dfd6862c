"""Answers as commands print them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tenantry.terminal import Terminal, show

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer

T = TypeVar("T")


def tell(terminal: Terminal, answer: "Answer", kind: type[T], sentence: Callable[[T], str]) -> None:
    """Print what was answered as a document, or in a `sentence`."""
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    terminal.output.line(sentence(answer.data(kind)))


def show_answer(terminal: Terminal, answer: "Answer") -> None:
    """Print what was answered as a document, or field by field."""
    show(terminal, answer.data(dict[str, Any]))


def tell_done(terminal: Terminal, sentence: str, **told: Any) -> None:
    """Print what was done where the answer has nothing to say: what is `told`, or a `sentence`."""
    if terminal.output.wants_document:
        terminal.output.document(told)
        return
    terminal.output.line(sentence)
