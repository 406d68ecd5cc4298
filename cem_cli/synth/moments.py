"""Moments after which the company asks: a delivery, a visit, a solved ticket; with the feeling the person then has."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY
from cem_cli.synth.silos.helpdesk import Tickets
from cem_cli.synth.words import Floats, Ints, Mask, Text, text
from cem_cli.synth.world import World


@dataclass(frozen=True)
class Moments:
    """Moments in order of time: the purchase they belong to (-1: none), touchpoint (topic of a text) and feeling."""

    who: Ints
    at: Ints
    purchase: Ints
    touchpoint: Text
    feeling: Floats
    late: Mask

    def take(self, rows: Ints) -> Moments:
        """Return the moments at the given positions."""
        return Moments(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def make_moments(world: World, tickets: Tickets) -> Moments:
    """Return every moment before the end of the data."""
    made = world.history.purchases
    ended = np.flatnonzero(tickets.solved > 0)
    whole = Moments(
        who=np.concatenate([made.who, tickets.who[ended]]),
        at=np.concatenate([np.where(made.web, made.delivered, made.at) + DAY, tickets.solved[ended] + DAY // 2]),
        purchase=np.concatenate([np.arange(len(made)), tickets.purchase[ended]]),
        touchpoint=np.concatenate([np.where(made.web, "delivery", "store").astype(object), text(["support"] * len(ended))]),
        feeling=np.concatenate([made.feeling, tickets.after[ended]]),
        late=np.concatenate([made.web & made.bad, np.zeros(len(ended), dtype=bool)]),
    )
    whole = whole.take(np.flatnonzero(whole.at < AS_OF - 3 * DAY))
    return whole.take(np.lexsort((whole.purchase, whole.at)))
