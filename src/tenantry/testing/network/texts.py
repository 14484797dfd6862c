"""Sentences, and the facets in them: who is named, what is tagged, where links go."""

import random
from typing import Any, Final

from tenantry.testing.network.people import Person

HASHTAGS: Final = (
    "art",
    "photography",
    "tech",
    "introduction",
    "newhere",
    "gardening",
    "Ünïcode",
    "音楽",
    "cycling",
    "politics",
)
_SENTENCES: Final = (
    "The kiln was too hot again, and still the glaze came out blue.",
    "Morning fog over the harbour; the ferry is late, nobody minds.",
    "Has anyone tried to grow figs this far north?",
    "Finished the third movement. It needs a quieter ending 🎻",
    "Der Zug hatte heute tatsächlich keine Verspätung.",
    "新しい自転車で川沿いを走った。風が強い。",
    "¿Quién más recuerda aquel café de la esquina?",
    "A map is an argument about what may be left out.",
    "Bees are out early this year 🐝🐝",
    "Bread recipe, take nine: more water, less hurry.",
    "I keep a list of words that sound like their opposite.",
    "Rain on a tin roof, soup on the stove.",
)
LANGUAGES: Final = (("en",), ("de",), ("ja",), ("es",), ("en", "de"))
_PATHS: Final = ("notes", "walks", "recipes", "maps", "scores")

Facet = dict[str, Any]


class Text:
    """A text that grows, and its facets with offsets in bytes of UTF-8, as the protocol counts."""

    def __init__(self, sentence: str) -> None:
        self.text = sentence
        self.facets: list[Facet] = []

    def mention(self, person: Person) -> None:
        """Name somebody."""
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": person.did}
        self._append(f"@{person.handle}", feature)

    def tag(self, tag: str) -> None:
        """Add a hashtag."""
        self._append(f"#{tag}", {"$type": "app.bsky.richtext.facet#tag", "tag": tag})

    def link(self, url: str) -> None:
        """Add a link, shown without its scheme as clients do."""
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": url}
        self._append(url.removeprefix("https://"), feature)

    def _append(self, words: str, feature: dict[str, str]) -> None:
        start = len(self.text.encode()) + 1
        end = start + len(words.encode())
        self.text = f"{self.text} {words}"
        self.facets.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})


def made_sentence(chance: random.Random) -> str:
    """Return a sentence or two."""
    if chance.random() < 0.7:  # noqa: PLR2004 - seven of ten say one thing
        return chance.choice(_SENTENCES)
    return f"{chance.choice(_SENTENCES)} {chance.choice(_SENTENCES)}"


def made_url(chance: random.Random) -> str:
    """Return an address that nobody has."""
    return f"https://www{chance.randrange(20)}.example.com/{chance.choice(_PATHS)}/{chance.randrange(10_000)}"
