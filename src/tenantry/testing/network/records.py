"""The records that people make, as the lexicons of the protocol have them."""

import random
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tenantry.testing.network.people import Person
from tenantry.testing.network.posts import POSTS
from tenantry.testing.network.spelling import iso_ms, made_cid
from tenantry.testing.network.texts import HASHTAGS, LANGUAGES, Text, made_sentence, made_url

Content = dict[str, Any]

_REPLY, _QUOTE = 0.38, 0.43
_MENTION, _TAG, _LINK = 0.06, 0.12, 0.10
_IMAGES, _VIDEO, _EXTERNAL = 0.20, 0.22, 0.30
_QUOTE_WITH_MEDIA = 0.25
_OUTSIDE_TAGS = 0.01
_SIZES: Final = ((1200, 900), (900, 1600), (2000, 1125), (1080, 1080))


class Ref(msgspec.Struct, frozen=True, gc=False):
    """A post that may be liked, reposted, answered or quoted; `root` is where its thread began."""

    did: str
    rkey: str
    cid: str
    root: "Ref | None" = None

    @property
    def uri(self) -> str:
        """Its address."""
        return f"at://{self.did}/{POSTS}/{self.rkey}"


def like(created_us: int, subject: Ref) -> Content:
    """Return a like of a post."""
    return _about("app.bsky.feed.like", created_us, subject)


def repost(created_us: int, subject: Ref) -> Content:
    """Return a repost."""
    return _about("app.bsky.feed.repost", created_us, subject)


def like_of_feed(created_us: int, person: Person) -> Content:
    """Return a like of what is no post: likes are given to feeds, too."""
    uri = f"at://{person.did}/app.bsky.feed.generator/made-up"
    cid = made_cid(uri.encode())
    return {
        "$type": "app.bsky.feed.like",
        "subject": {"cid": cid, "uri": uri},
        "createdAt": iso_ms(created_us),
    }


def about_person(collection: str, created_us: int, person: Person) -> Content:
    """Return a follow or a block."""
    return {"$type": collection, "subject": person.did, "createdAt": iso_ms(created_us)}


def profile(chance: random.Random, created_us: int, person: Person) -> Content:
    """Return a profile; a later one says something else."""
    return {
        "$type": "app.bsky.actor.profile",
        "displayName": person.display_name,
        "description": f"{person.description}. {made_sentence(chance)}",
        "avatar": _blob(chance, "image/jpeg"),
        "createdAt": iso_ms(created_us),
    }


def list_item(chance: random.Random, created_us: int, owner: Person, person: Person) -> Content:
    """Return somebody's place on a list."""
    return {
        "$type": "app.bsky.graph.listitem",
        "list": f"at://{owner.did}/app.bsky.graph.list/made-up-{chance.randrange(5)}",
        "subject": person.did,
        "createdAt": iso_ms(created_us),
    }


def thread_gate(created_us: int, owner: Person, rkey: str) -> Content:
    """Return who may answer a post, which has the same rkey."""
    return {
        "$type": "app.bsky.feed.threadgate",
        "post": f"at://{owner.did}/{POSTS}/{rkey}",
        "allow": [{"$type": "app.bsky.feed.threadgate#mentionRule"}],
        "createdAt": iso_ms(created_us),
    }


def other(collection: str, created_us: int, chance: random.Random) -> Content:
    """Return a record of an application that nobody here knows."""
    return {"$type": collection, "note": made_sentence(chance), "createdAt": iso_ms(created_us)}


def post(
    chance: random.Random,
    created_us: int,
    *,
    people: Sequence[Person],
    parent: Ref,
) -> Content:
    """Return a post; some answer `parent` and some quote it."""
    text = Text(made_sentence(chance))
    if chance.random() < _MENTION:
        text.mention(chance.choice(people))
    if chance.random() < _TAG:
        text.tag(chance.choice(HASHTAGS))
    if chance.random() < _LINK:
        text.link(made_url(chance))

    roll = chance.random()
    content: Content = {
        "$type": POSTS,
        "text": text.text,
        "langs": list(chance.choice(LANGUAGES)),
        "createdAt": iso_ms(created_us),
    }
    if text.facets:
        content["facets"] = text.facets
    if chance.random() < _OUTSIDE_TAGS:
        content["tags"] = [chance.choice(HASHTAGS)]
    if roll < _REPLY:
        root = parent.root or parent
        content["reply"] = {"root": _strong(root), "parent": _strong(parent)}
    embed = _embed(chance, parent if _REPLY <= roll < _QUOTE else None)
    if embed is not None:
        content["embed"] = embed
    return content


def _embed(chance: random.Random, quoted: Ref | None) -> Content | None:
    if quoted is None:
        return _media(chance, chance.random())
    record = {"$type": "app.bsky.embed.record", "record": _strong(quoted)}
    if chance.random() >= _QUOTE_WITH_MEDIA:
        return record
    return {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": record,
        "media": _media(chance, chance.random() * _EXTERNAL),
    }


def _media(chance: random.Random, roll: float) -> Content | None:
    if roll < _IMAGES:
        images = [_image(chance) for _ in range(chance.randint(1, 4))]
        return {"$type": "app.bsky.embed.images", "images": images}
    if roll < _VIDEO:
        return {
            "$type": "app.bsky.embed.video",
            "video": _blob(chance, "video/mp4"),
            "alt": made_sentence(chance),
            "aspectRatio": _aspect(chance),
        }
    if roll < _EXTERNAL:
        card = {"uri": made_url(chance), "title": made_sentence(chance), "description": ""}
        return {"$type": "app.bsky.embed.external", "external": card}
    return None


def _image(chance: random.Random) -> Content:
    alt = made_sentence(chance) if chance.random() < _REPLY else ""
    return {"alt": alt, "aspectRatio": _aspect(chance), "image": _blob(chance, "image/jpeg")}


def _aspect(chance: random.Random) -> Content:
    width, height = chance.choice(_SIZES)
    return {"height": height, "width": width}


def _blob(chance: random.Random, mime: str) -> Content:
    cid = made_cid(chance.randbytes(8))
    size = chance.randrange(10_000, 900_000)
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": size}


def _about(collection: str, created_us: int, subject: Ref) -> Content:
    return {"$type": collection, "subject": _strong(subject), "createdAt": iso_ms(created_us)}


def _strong(ref: Ref) -> Content:
    return {"cid": ref.cid, "uri": ref.uri}
