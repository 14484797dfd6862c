from uuid import RFC_4122, UUID

from tenantry.updater.rules.draw import draw_for


def test_ids_are_uuids_whose_maker_has_rules_of_its_own() -> None:
    draw = draw_for(1, "test", "slot", "entity")
    for _ in range(200):
        made = draw.id()
        known = UUID(made)
        assert str(known) == made
        assert (known.version, known.variant) == (8, RFC_4122)


def test_an_id_is_always_the_same() -> None:
    assert draw_for(1, "test", "slot", "a").id() == draw_for(1, "test", "slot", "a").id()
    assert draw_for(1, "test", "slot", "a").id() != draw_for(1, "test", "slot", "b").id()
