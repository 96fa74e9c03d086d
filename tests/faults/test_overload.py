"""A short form of `make overload`: what must hold whatever the machine can do."""

from faults.overload import broken_promises, curve, lost, receiver, table


def test_past_its_capacity_a_receiver_keeps_every_promise() -> None:
    """What must hold: every 2xx is in the ledger; every refusal is 503 with Retry-After; health, readiness and the API
    answer; a calm sender is heard; memory is bounded; and hundreds of half-open connections change none of it.
    """
    with receiver() as on:
        idle = on.megabytes()
        able, points, given = curve(on, 1.0, (0.5, 3.0))
        assert able > 0
        assert broken_promises(given) == []
        assert lost(on, given) == set()
    for name, point in points:
        assert {status for status, _ in point.health} <= {200}, name
        assert point.calm.accepted > 0, table(points)
        assert point.megabytes < idle + 150, table(points)
    assert sum(one.status == 200 for one in given) > 0
