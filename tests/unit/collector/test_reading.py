"""What is stored of records: their columns, and the parts of posts."""

import json
from typing import Any

import pytest

from tenantry.collector.model import (
    FOLLOWS,
    LIKES,
    POSTS,
    PROFILES,
    REPOSTS,
    Hashtag,
    Link,
    Media,
    Mention,
    Record,
    Subject,
)
from tenantry.collector.rules import domain_of, is_tid, post_of, record_of, tag_of, tid_of, tid_us
from tests.support.jetstream_frames import (
    ANNA,
    BEN,
    CID,
    CREATED_AT,
    NOON_US,
    POST_URI,
    REV,
    RKEY,
    commit_of,
    facet,
    image,
    like,
    post,
)

REF = {"uri": POST_URI, "cid": CID}
PICTURES = {"$type": "app.bsky.embed.images", "images": [image()]}
QUOTE = {"$type": "app.bsky.embed.record", "record": REF}
PICTURE = Media("image", "A tree", "image/jpeg", CID, 800, 600)


def post_record(**rest: Any) -> Record:
    return record_of(commit_of(post(**rest), collection=POSTS))


def is_bare(record: Record) -> bool:
    """Whether `record` has its data and nothing that was read of it."""
    return record.data is not None and record == Record(
        collection=record.collection,
        rkey=record.rkey,
        did=record.did,
        rev=record.rev,
        at_us=record.at_us,
        cid=record.cid,
        data=record.data,
    )


@pytest.mark.parametrize("collection", [LIKES, REPOSTS])
def test_a_like_and_a_repost_need_no_data_of_their_own(collection: str) -> None:
    assert record_of(commit_of(like(), collection=collection)) == Record(
        collection=collection,
        rkey=RKEY,
        did=ANNA,
        rev=REV,
        at_us=NOON_US,
        cid=CID,
        created_at=CREATED_AT,
        subject=Subject(BEN, RKEY),
        subject_cid=CID,
    )


def test_a_follow_is_about_a_user() -> None:
    follow = {"$type": FOLLOWS, "createdAt": CREATED_AT, "subject": BEN}
    record = record_of(commit_of(follow, collection=FOLLOWS))
    assert (record.subject, record.data) == (Subject(BEN), None)


def test_a_deleted_record_keeps_its_key_and_rev_alone() -> None:
    assert record_of(commit_of(None)) == Record(
        collection=LIKES, rkey=RKEY, did=ANNA, rev=REV, at_us=NOON_US, is_deleted=True
    )


@pytest.mark.parametrize(
    "collection,record",
    [
        (LIKES, like(f"at://{BEN}/app.bsky.feed.generator/{RKEY}")),
        (LIKES, like("at://ben.example/app.bsky.feed.post/3k")),
        (LIKES, like(POST_URI + "/more")),
        (LIKES, {"subject": POST_URI, "createdAt": CREATED_AT}),
        (LIKES, {}),
        (FOLLOWS, {"subject": "ben.example", "createdAt": CREATED_AT}),
        (FOLLOWS, like()),
        (POSTS, {"createdAt": CREATED_AT}),
        (POSTS, post(facets=[{"features": [{"$type": "app.bsky.richtext.facet#tag"}]}])),
        (POSTS, post(embed={"$type": "app.bsky.embed.images", "images": "many"})),
        (POSTS, post(embed={"images": []})),
        (POSTS, post(langs=[5])),
        (POSTS, post(reply={"root": REF})),
        (PROFILES, {"displayName": "Anna"}),
        ("com.example.unheard.of", {"a": [1, 2]}),
    ],
)
def test_what_fits_no_lexicon_is_kept_as_data_alone(
    collection: str, record: dict[str, Any]
) -> None:
    found = record_of(commit_of(record, collection=collection))
    assert is_bare(found)
    assert json.loads(found.data or b"") == record


def test_the_parts_of_a_post_are_told_once_each_and_in_order() -> None:
    record = post_record(
        facets=[
            facet("mention", did=BEN),
            facet("tag", tag="#Trees"),
            facet("link", uri="https://Trees.Example/a?b=c"),
            facet("tag", tag="trees"),
            facet("mention", did="ben.example"),
        ],
        tags=["TREES", "Wood"],
        embed=PICTURES,
        langs=["en", "de-CH"],
    )

    assert record.parts == (
        Mention(BEN),
        Hashtag("trees"),
        Link("https://Trees.Example/a?b=c", "trees.example"),
        Hashtag("wood"),
        PICTURE,
    )
    assert (record.text, record.langs) == ("Good morning", "en,de-CH")


@pytest.mark.parametrize(
    "embed,quoted,parts",
    [
        (QUOTE, Subject(BEN, RKEY), ()),
        (
            {"$type": "app.bsky.embed.record", "record": {"uri": "at://x", "cid": CID}},
            None,
            (),
        ),
        (
            {
                "$type": "app.bsky.embed.recordWithMedia",
                "record": QUOTE,
                "media": PICTURES,
            },
            Subject(BEN, RKEY),
            (PICTURE,),
        ),
        (
            {
                "$type": "app.bsky.embed.recordWithMedia",
                "record": QUOTE,
                "media": {"$type": "com.example.hologram", "images": 5},
            },
            Subject(BEN, RKEY),
            (),
        ),
        (
            {"$type": "app.bsky.embed.video", "video": image()["image"], "alt": "A brook"},
            None,
            (Media("video", "A brook", "image/jpeg", CID),),
        ),
        (
            {
                "$type": "app.bsky.embed.external",
                "external": {"uri": "http://a@b.example:80/", "title": "", "description": ""},
            },
            None,
            (Link("http://a@b.example:80/", "b.example"),),
        ),
        ({"$type": "com.example.hologram", "images": 5}, None, ()),
    ],
)
def test_what_a_post_embeds(embed: Any, quoted: Subject | None, parts: tuple[Any, ...]) -> None:
    record = post_record(embed=embed)
    assert (record.quoted, record.parts, record.text) == (quoted, parts, "Good morning")


def test_a_feature_that_nobody_knew_is_passed_over() -> None:
    unknown = {"$type": "com.example.colour", "did": 5}
    mention = facet("mention", did=BEN)
    mention["features"].insert(0, unknown)
    for embed in ({}, {"embed": None}):
        assert post_record(facets=[mention], **embed).parts == (Mention(BEN),)


def test_a_reply_has_its_parent_and_its_root() -> None:
    root = {"uri": f"at://{ANNA}/{POSTS}/3kroot", "cid": CID}
    record = post_record(reply={"parent": REF, "root": root})
    assert (record.subject, record.root) == (Subject(BEN, RKEY), Subject(ANNA, "3kroot"))


def test_no_column_holds_a_nul_and_the_data_keeps_it() -> None:
    record = post_record(
        text="a\x00b",
        facets=[facet("tag", tag="x\x00y"), facet("link", uri="https://a.example/\x00")],
        embed={**PICTURES, "images": [image("\x00")]},
        langs=["\x00"],
    )
    assert (record.text, record.langs) == ("a\ufffdb", "\ufffd")
    assert [str(part).count("\\x00") for part in record.parts] == [0, 0, 0]
    assert json.loads(record.data or b"")["text"] == "a\x00b"


@pytest.mark.parametrize(
    "width,kept", [(0, None), (-1, None), (2**31, None), (10**30, None), (5, 5)]
)
def test_a_size_that_is_none_is_left_out(width: int, kept: int | None) -> None:
    picture = image() | {"aspectRatio": {"width": width, "height": 7}}
    (part,) = post_record(embed={**PICTURES, "images": [picture]}).parts
    assert isinstance(part, Media)
    assert (part.width, part.height) == (kept, 7)


@pytest.mark.parametrize(
    "text,tag",
    [
        ("#Trees", "trees"),
        ("##trees", "trees"),
        ("\uff03\uff34rees", "trees"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("\u212bngström", "ångström"),
        (" #a b ", "a b"),
        ("#", ""),
        ("", ""),
        ("x" * 640, "x" * 640),
        ("x" * 641, ""),
    ],
)
def test_hashtags_that_look_alike_are_one(text: str, tag: str) -> None:
    assert tag_of(text) == tag


@pytest.mark.parametrize(
    "url,domain",
    [
        ("https://WWW.Trees.Example/x", "www.trees.example"),
        ("HTTP://trees.example.:8080?q", "trees.example"),
        ("https://bücher.example/", "bücher.example"),
        ("https://xn--bcher-kva.example#x", "xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:443/", "[2001:db8::1]"),
        ("https://user:pw@trees.example/@x", "trees.example"),
        ("https:///x", ""),
        ("https://" + "a" * 254, ""),
        ("mailto:anna@trees.example", ""),
        ("trees.example", ""),
        ("", ""),
    ],
)
def test_the_domain_of_a_link(url: str, domain: str) -> None:
    assert domain_of(url) == domain


@pytest.mark.parametrize(
    "uri", ["", "at://", POST_URI[5:], POST_URI + "\n", f"at://{BEN}/{POSTS}/..", POST_URI + "?x"]
)
def test_what_names_no_post(uri: str) -> None:
    assert post_of(uri) is None


def test_a_tid_holds_its_time_and_sorts_by_it() -> None:
    times = [0, 1, 31, 32, NOON_US, NOON_US + 1, 2**53 - 1]
    tids = [tid_of(time_us, clock_id) for time_us in times for clock_id in (0, 1023)]

    assert tids == sorted(tids)
    assert all(map(is_tid, tids))
    assert [tid_us(tid) for tid in tids] == [time_us for time_us in times for _ in range(2)]
    assert not is_tid("k" + "2" * 12)
