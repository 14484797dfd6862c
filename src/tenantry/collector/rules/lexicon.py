"""Records of the collections that have columns of their own, as far as those are of use.

Unions are open in lexicons: what is embedded, and what a facet marks, may be of a type that nobody
knew. Such a one is no mistake of the record; one of a known type that is not as that type says, is.
"""

from typing import Final, TypeVar

import msgspec

_T = TypeVar("_T")

_NULL: Final = b"null"
_IMAGES: Final = "app.bsky.embed.images"
_VIDEO: Final = "app.bsky.embed.video"
_EXTERNAL: Final = "app.bsky.embed.external"
_RECORD: Final = "app.bsky.embed.record"
_RECORD_WITH_MEDIA: Final = "app.bsky.embed.recordWithMedia"
_MENTION: Final = "app.bsky.richtext.facet#mention"
_LINK: Final = "app.bsky.richtext.facet#link"
_TAG: Final = "app.bsky.richtext.facet#tag"


class Ref(msgspec.Struct, gc=False):
    """A record of somebody, in one version."""

    uri: str
    cid: str


class About(msgspec.Struct, rename="camel", gc=False):
    """A like or a repost."""

    subject: Ref
    created_at: str


class Follow(msgspec.Struct, rename="camel", gc=False):
    """That somebody follows `subject`."""

    subject: str
    created_at: str


class Marked(msgspec.Struct, tag_field="$type", gc=False):
    """What part of a text is."""


class MarkedMention(Marked, tag=_MENTION, gc=False):
    """A user, by DID."""

    did: str


class MarkedLink(Marked, tag=_LINK, gc=False):
    """An address."""

    uri: str


class MarkedTag(Marked, tag=_TAG, gc=False):
    """A hashtag without the #."""

    tag: str


Feature = MarkedMention | MarkedLink | MarkedTag


class Facet(msgspec.Struct, gc=False):
    """A part of the text: which bytes does not matter here."""

    features: list[Feature]


class BlobRef(msgspec.Struct, gc=False):
    """The CID of a file."""

    link: str | None = msgspec.field(name="$link", default=None)


class Blob(msgspec.Struct, rename="camel", gc=False):
    """A file; `cid` is where old records have it."""

    mime_type: str | None = None
    ref: BlobRef | None = None
    cid: str | None = None


class AspectRatio(msgspec.Struct, gc=False):
    """Pixels, or a ratio alone."""

    width: int
    height: int


class Image(msgspec.Struct, rename="camel", gc=False):
    """A picture and what it shows."""

    image: Blob
    alt: str
    aspect_ratio: AspectRatio | None = None


class Embed(msgspec.Struct, tag_field="$type", gc=False):
    """What is shown beneath a post."""


class Images(Embed, tag=_IMAGES, gc=False):
    """Pictures."""

    images: list[Image]


class Video(Embed, tag=_VIDEO, rename="camel", gc=False):
    """A video."""

    video: Blob
    alt: str = ""
    aspect_ratio: AspectRatio | None = None


class Page(msgspec.Struct, gc=False):
    """A page of the web."""

    uri: str


class External(Embed, tag=_EXTERNAL, gc=False):
    """A link that is shown as a card."""

    external: Page


class Quoted(Embed, tag=_RECORD, gc=False):
    """A record that is quoted: a post mostly, or a list or a feed."""

    record: Ref


class QuotedRecord(msgspec.Struct, gc=False):
    """As `Quoted`, where there is media too."""

    record: Ref


class QuotedWithMedia(Embed, tag=_RECORD_WITH_MEDIA, gc=False):
    """A record that is quoted, and media."""

    record: QuotedRecord
    media: Images | Video | External


AnyEmbed = Images | Video | External | Quoted | QuotedWithMedia


class Reply(msgspec.Struct, gc=False):
    """What is answered, and where that conversation began."""

    root: Ref
    parent: Ref


class Post(msgspec.Struct, rename="camel", gc=False):
    """A post."""

    text: str
    created_at: str
    reply: Reply | None = None
    facets: list[Facet] | None = None
    embed: AnyEmbed | None = None
    langs: list[str] | None = None
    tags: list[str] | None = None


class _LooseFacet(msgspec.Struct, gc=False):
    features: list[msgspec.Raw]


class _LooseMedia(msgspec.Struct, gc=False):
    record: QuotedRecord
    media: msgspec.Raw


class _LoosePost(msgspec.Struct, rename="camel", gc=False):
    text: str
    created_at: str
    reply: Reply | None = None
    facets: list[_LooseFacet] | None = None
    # Raw JSON may be null, but its type may not be a union.
    embed: msgspec.Raw = msgspec.Raw(_NULL)
    langs: list[str] | None = None
    tags: list[str] | None = None


class _Typed(msgspec.Struct, gc=False):
    type: str = msgspec.field(name="$type")


_POST: Final = msgspec.json.Decoder(Post)
_LOOSE_POST: Final = msgspec.json.Decoder(_LoosePost)
_TYPED: Final = msgspec.json.Decoder(_Typed)
_FEATURE: Final = msgspec.json.Decoder(Feature)
_EMBED: Final = msgspec.json.Decoder(AnyEmbed)
_MEDIA: Final = msgspec.json.Decoder(Images | Video | External)
_LOOSE_MEDIA: Final = msgspec.json.Decoder(_LooseMedia)
_ABOUT: Final = msgspec.json.Decoder(About)
_FOLLOW: Final = msgspec.json.Decoder(Follow)
_FEATURES: Final = frozenset({_MENTION, _LINK, _TAG})
_MEDIA_EMBEDS: Final = frozenset({_IMAGES, _VIDEO, _EXTERNAL})
_EMBEDS: Final = _MEDIA_EMBEDS | {_RECORD, _RECORD_WITH_MEDIA}
_MISFITS: Final = (msgspec.MsgspecError, UnicodeDecodeError)


def read_about(record: bytes) -> About | None:
    """Return a like or a repost; None where it does not fit the lexicon."""
    try:
        return _ABOUT.decode(record)
    except _MISFITS:
        return None


def read_follow(record: bytes) -> Follow | None:
    """Return a follow; None where it does not fit the lexicon."""
    try:
        return _FOLLOW.decode(record)
    except _MISFITS:
        return None


def read_post(record: bytes) -> Post | None:
    """Return a post without what is of unknown types; None where it does not fit the lexicon."""
    try:
        return _POST.decode(record)
    except _MISFITS:
        pass
    try:
        return _known_of(_LOOSE_POST.decode(record))
    except _MISFITS:
        return None


def _known_of(post: _LoosePost) -> Post:
    facets = [
        Facet([feature for raw in facet.features for feature in _known(raw, _FEATURES, _FEATURE)])
        for facet in post.facets or ()
    ]
    embed = None if bytes(post.embed) == _NULL else _embed(post.embed)
    return Post(post.text, post.created_at, post.reply, facets, embed, post.langs, post.tags)


def _embed(raw: msgspec.Raw) -> AnyEmbed | None:
    if _TYPED.decode(raw).type != _RECORD_WITH_MEDIA:
        found = _known(raw, _EMBEDS, _EMBED)
        return found[0] if found else None

    loose = _LOOSE_MEDIA.decode(raw)
    media = _known(loose.media, _MEDIA_EMBEDS, _MEDIA)
    return QuotedWithMedia(loose.record, media[0]) if media else Quoted(loose.record.record)


def _known(raw: msgspec.Raw, types: frozenset[str], decoder: msgspec.json.Decoder[_T]) -> list[_T]:
    """Return what `raw` holds if it is of one of `types`, and nothing otherwise."""
    return [decoder.decode(raw)] if _TYPED.decode(raw).type in types else []
