"""What is stored of a commit: the columns of its collection, and the parts of a post.

Text that comes here may hold a NUL, which no text of PostgreSQL can: it is replaced in columns, and
stays, escaped, in `data`.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal, TypeVar, cast

from msgspec.structs import replace

from tenantry.collector.model import (
    FOLLOWS,
    LIKES,
    POSTS,
    REPOSTS,
    Commit,
    Hashtag,
    Link,
    Media,
    Mention,
    Part,
    Record,
    Subject,
)
from tenantry.collector.rules.lexicon import (
    AnyEmbed,
    AspectRatio,
    Blob,
    External,
    Facet,
    Feature,
    Images,
    MarkedLink,
    MarkedMention,
    MarkedTag,
    Post,
    Quoted,
    QuotedWithMedia,
    Video,
    read_about,
    read_follow,
    read_post,
)
from tenantry.collector.rules.names import domain_of, is_did, post_of
from tenantry.collector.rules.tid import tid_us

# A # may be drawn as an emoji, which is a # and two characters more.
_NOT_OF_TAG: Final = re.compile(r"^[\s#\ufe0f\u20e3]+|\s+$")
MAX_TAG_BYTES: Final = 640
"""A hashtag may be that long in its lexicon; a longer one is none."""
_MAX_PIXELS: Final = 2**31 - 1
_NUL: Final = b"\\u0000"

_Kind = Literal["image", "video"]


def record_of(commit: Commit) -> Record:
    """Return the record as `commit` leaves it; a function of what it says, and of nothing else."""
    data, at_us = commit.record, tid_us(commit.rev)
    if data is None:
        return Record(
            collection=commit.collection,
            rkey=commit.rkey,
            did=commit.did,
            rev=commit.rev,
            at_us=at_us,
            is_deleted=True,
        )

    collection = commit.collection
    if collection in (LIKES, REPOSTS):
        record = _about(commit, at_us, data)
    elif collection == POSTS:
        record = _post(commit, at_us, data)
    elif collection == FOLLOWS:
        record = _follow(commit, at_us, data)
    else:
        return _unread(commit, at_us, data)
    return _without_nul(record) if _NUL in data else record


def tag_of(text: str) -> str:
    """Return a hashtag as it is compared: NFKC, lower case, without the #; "" where it is none."""
    # What is folded may need composing again; a full-width # is one after NFKC.
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    folded = folded.casefold()
    folded = folded if folded.isascii() else unicodedata.normalize("NFKC", folded)
    tag = _NOT_OF_TAG.sub("", folded)
    return tag if len(tag.encode()) <= MAX_TAG_BYTES else ""


def _unread(commit: Commit, at_us: int, data: bytes) -> Record:
    return Record(
        collection=commit.collection,
        rkey=commit.rkey,
        did=commit.did,
        rev=commit.rev,
        at_us=at_us,
        cid=commit.cid,
        data=data,
    )


def _about(commit: Commit, at_us: int, data: bytes) -> Record:
    about = read_about(data)
    subject = None if about is None else post_of(about.subject.uri)
    if about is None or subject is None:
        # It is about a feed, say: only its data tells.
        return _unread(commit, at_us, data)
    return Record(
        collection=commit.collection,
        rkey=commit.rkey,
        did=commit.did,
        rev=commit.rev,
        at_us=at_us,
        cid=commit.cid,
        created_at=about.created_at,
        subject=subject,
        subject_cid=about.subject.cid,
    )


def _follow(commit: Commit, at_us: int, data: bytes) -> Record:
    follow = read_follow(data)
    if follow is None or not is_did(follow.subject):
        return _unread(commit, at_us, data)
    return Record(
        collection=commit.collection,
        rkey=commit.rkey,
        did=commit.did,
        rev=commit.rev,
        at_us=at_us,
        cid=commit.cid,
        created_at=follow.created_at,
        subject=Subject(follow.subject),
    )


def _post(commit: Commit, at_us: int, data: bytes) -> Record:
    post = read_post(data)
    if post is None:
        return _unread(commit, at_us, data)
    reply, embed = post.reply, post.embed
    has_parts = embed is not None or post.facets or post.tags
    return Record(
        collection=commit.collection,
        rkey=commit.rkey,
        did=commit.did,
        rev=commit.rev,
        at_us=at_us,
        cid=commit.cid,
        created_at=post.created_at,
        subject=None if reply is None else post_of(reply.parent.uri),
        root=None if reply is None else post_of(reply.root.uri),
        quoted=None if embed is None else _quoted(embed),
        text=post.text,
        langs=",".join(post.langs) if post.langs else None,
        data=data,
        parts=tuple(dict.fromkeys(_parts(post))) if has_parts else (),
    )


def _quoted(embed: AnyEmbed) -> Subject | None:
    if type(embed) is Quoted:
        return post_of(embed.record.uri)
    return post_of(embed.record.record.uri) if type(embed) is QuotedWithMedia else None


def _parts(post: Post) -> Iterable[Part]:
    """What a post has, each once, in the order in which it has it."""
    for facet in post.facets or ():
        yield from _marked(facet)
    for tag in post.tags or ():
        if name := tag_of(tag):
            yield Hashtag(name)
    if post.embed is not None:
        yield from _embedded(post.embed)


def _marked(facet: Facet) -> Iterable[Part]:
    for feature in facet.features:
        if (part := _part(feature)) is not None:
            yield part


def _part(feature: Feature) -> Part | None:
    if type(feature) is MarkedMention:
        return Mention(feature.did) if is_did(feature.did) else None
    if type(feature) is MarkedLink:
        return Link(feature.uri, domain_of(feature.uri))
    name = tag_of(cast("MarkedTag", feature).tag)
    return Hashtag(name) if name else None


def _embedded(embed: AnyEmbed) -> Iterable[Part]:
    if type(embed) is QuotedWithMedia:
        embed = embed.media
    if type(embed) is Images:
        for each in embed.images:
            yield _media("image", each.image, each.alt, each.aspect_ratio)
    elif type(embed) is Video:
        yield _media("video", embed.video, embed.alt, embed.aspect_ratio)
    elif type(embed) is External:
        yield Link(embed.external.uri, domain_of(embed.external.uri))


def _media(kind: _Kind, blob: Blob, alt: str, ratio: AspectRatio | None) -> Media:
    cid = blob.cid if blob.ref is None else blob.ref.link
    if ratio is None:
        return Media(kind, alt, blob.mime_type, cid)
    return Media(kind, alt, blob.mime_type, cid, _pixels(ratio.width), _pixels(ratio.height))


def _pixels(size: int) -> int | None:
    return size if 0 < size <= _MAX_PIXELS else None


def _without_nul(record: Record) -> Record:
    return replace(
        record,
        created_at=_clean(record.created_at),
        subject_cid=_clean(record.subject_cid),
        text=_clean(record.text),
        langs=_clean(record.langs),
        parts=tuple(map(_clean_part, record.parts)),
    )


def _clean_part(part: Part) -> Part:
    match part:
        case Mention():
            return part
        case Hashtag(tag):
            return Hashtag(_clean(tag))
        case Link(url, domain):
            return Link(_clean(url), domain)
        case Media():
            return replace(part, alt=_clean(part.alt), mime=_clean(part.mime), cid=_clean(part.cid))


_Text = TypeVar("_Text", bound=str | None)


def _clean(text: _Text) -> _Text:
    return text if text is None else cast("_Text", text.replace("\0", "\ufffd"))
