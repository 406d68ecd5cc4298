"""What people write in public.

`reviews.csv`           key `review_id`: review_id,created_at,sku,rating,title,body,reviewer_name,reviewer_email,order_name,
                        verified,language; ISO instants with Z; rating 1 to 5; the name is shown as `Giulia R.`
`social_comments.json`  Graph JSON (reference 3.19): data[] of {id, message, from{id,name}, created_time, like_count,
                        comment_count, permalink_url, parent{id}}; `from` is missing on some; no e-mail or phone ever
Truth: `reviews` (review_id) and `social` (comment id).
"""

from __future__ import annotations

import json

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, iso
from cem_cli.synth.history import product_column
from cem_cli.synth.moments import Moments
from cem_cli.synth.silos.shop import Orders
from cem_cli.synth.texts import PlantedTexts, Wanted, compose
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import read_table, text
from cem_cli.synth.world import World, numbered

REVIEWS = "review_id,created_at,sku,rating,title,body,reviewer_name,reviewer_email,order_name,verified,language"


def write_reviews(world: World, orders: Orders, planted: PlantedTexts) -> None:
    """Write `reviews.csv`: about one line in ten of the web orders; what was returned is liked less."""
    rng, lines, made = world.rng("reviews"), orders.lines, orders.made
    delivered = made.delivered[lines.purchase] + 2 * DAY
    rows = np.flatnonzero((rng.random(len(lines.purchase)) < 0.10) & (delivered < AS_OF - 5 * DAY))
    order, product, count = lines.purchase[rows], lines.product[rows], len(rows)
    feeling = made.feeling[order] - 1.2 * lines.returned[rows] + rng.normal(0, 0.4, count)
    english = world.people.english[made.who[order]]
    topic = np.where(rng.random(count) < 0.75, "product", "delivery").astype(object)
    body, latent = compose(rng, Wanted(topic, english, feeling, product_column("name")[product], text([""] * count)))
    rating = np.clip(np.round(3.35 + 1.05 * latent + rng.normal(0, 0.4, count)), 1, 5).astype(np.int64)
    at = delivered[rows] + (rng.exponential(2.5, count) * DAY).astype(np.int64)
    titles = text(["Pessimo", "Deludente", "Così così", "Buono", "Ottimo"])
    sequence = np.argsort(at, kind="stable")
    sequence = sequence[at[sequence] < AS_OF]
    ids = numbered("R%06d", 1, len(sequence))
    order, product, rating = order[sequence], product[sequence], rating[sequence]
    given, surname = orders.contact.given[order], orders.contact.surname[order]
    planted.add("reviews", ids, latent[sequence])
    email = orders.contact.email[order]
    world.write_rows("reviews.csv", REVIEWS, {
        "review_id": ids, "created_at": iso(at[sequence]), "sku": product_column("sku")[product], "rating": rating,
        "title": titles[rating - 1], "body": body[sequence],
        "reviewer_name": text([f"{g} {s[:1]}." for g, s in zip(given, surname, strict=True)]), "reviewer_email": email,
        "order_name": orders.name[order], "verified": "true", "language": text(["it", "en"])[english[sequence].astype(int)],
    }, rows=len(sequence))
    world.truth.add("reviews", ids, orders.made.who[order], Evidence(email=email))


def write_social(world: World, moments: Moments, planted: PlantedTexts) -> None:
    """Write `social_comments.json`: strong feelings comment more; one comment in ten hides its author."""
    rng = world.rng("social")
    chance = 0.02 + 0.03 * (np.abs(moments.feeling) > 1.2)
    said = moments.take(np.flatnonzero(rng.random(len(moments.who)) < chance))
    count = len(said.who)
    stores = read_table("stores.csv")["name"]
    wanted = Wanted(
        said.touchpoint, world.people.english[said.who], said.feeling,
        product_column("name")[rng.integers(0, len(product_column("name")), count)],
        stores[np.maximum(world.history.purchases.store[said.purchase], 0)],
    )
    body, latent = compose(rng, wanted)
    emoji = text(["", "", "", " 😍", " 👍"])[rng.integers(0, 5, count)]
    cross = text(["", "", "", " 😡", " 👎"])[rng.integers(0, 5, count)]
    body = body + np.where(latent > 0.9, emoji, np.where(latent < -0.9, cross, ""))
    post = 8_842_000_000 + rng.integers(0, 60, count)
    ids = text([f"{p}_{i}" for p, i in zip(post.tolist(), range(71_000_001, 71_000_001 + count), strict=True)])
    planted.add("social", ids, latent)
    scoped = rng.permutation(len(world.people) * 3)[: len(world.people)] + 24_500_000_000
    at, likes = iso(said.at + 2 * DAY), rng.geometric(0.4, count) - 1
    shown = rng.random(count) < 0.9
    given, surname = world.people.given[said.who], world.people.surname[said.who]
    replied = np.where(rng.random(count) < 0.15, np.arange(count) - rng.integers(1, 6, count), -1)
    documents = []
    for i in range(count):
        author = {"from": {"id": str(scoped[said.who[i]]), "name": f"{given[i]} {surname[i]}"}} if shown[i] else {}
        parent = {"parent": {"id": ids[replied[i]]}} if 0 <= replied[i] < i else {}
        documents.append({
            "id": ids[i], "message": body[i], **author, **parent, "created_time": at[i].replace("Z", "+0000"), "like_count": int(likes[i]),
            "comment_count": 0, "permalink_url": f"https://www.facebook.com/lunaria/posts/{post[i]}?comment_id={ids[i].split('_')[1]}",
        })
    encoded = json.dumps({"data": documents, "paging": {"cursors": {"before": "QVFI", "after": "QVFJ"}}}, ensure_ascii=False)
    world.write_bytes("social_comments.json", encoded.encode() + b"\n")
    handle = np.where(shown, text([f"f{s}" for s in scoped[said.who].tolist()]), "").astype(object)
    world.truth.add("social", ids, said.who, Evidence(strong=handle))
