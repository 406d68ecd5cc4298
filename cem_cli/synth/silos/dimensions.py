"""What is not about people.

`products.csv`   sku,name,category,brand,price,cost (decimal point, EUR)
`stores.csv`     store_id,name,city,province,region,phone,opened_on
`campaigns.csv`  campaign_id,name,channel (email, sms, mail),start,end,subject,cost
`weather.csv`    place,day,temp_min,temp_max,rain_mm,condition (sereno, nuvoloso, pioggia, neve); one row per store's city and day
"""

from __future__ import annotations

import numpy as np

from cem_cli.synth.dates import DAY, DAYS, START, day_text
from cem_cli.synth.silos.loyalty import shop_phones
from cem_cli.synth.words import places, read_table, text
from cem_cli.synth.world import World


def write_dimensions(world: World) -> None:
    """Write products, stores, campaigns and weather."""
    for name in ("products.csv", "campaigns.csv"):
        table = read_table(name)
        world.write_rows(name, ",".join(table), dict(table), rows=len(next(iter(table.values()))))
    _write_stores(world)
    _write_weather(world)


def _write_stores(world: World) -> None:
    stores, table = read_table("stores.csv"), places()
    row = np.array([table.city.tolist().index(city) for city in stores["comune"]])
    world.write_rows("stores.csv", "store_id,name,city,province,region,phone,opened_on", {
        "store_id": stores["store_id"], "name": stores["name"], "city": stores["comune"], "province": table.province[row],
        "region": table.region[row], "phone": shop_phones(),
        "opened_on": text([f"{2004 + i % 15}-0{i % 9 + 1}-15" for i in range(len(row))]),
    }, rows=len(row))


def _write_weather(world: World) -> None:
    rng = world.rng("weather")
    cities = text(list(dict.fromkeys(read_table("stores.csv")["comune"].tolist())))
    place, day = np.repeat(np.arange(len(cities)), DAYS), np.tile(np.arange(DAYS), len(cities))
    at = START + day * DAY
    season = np.cos((day - 20) / 365.25 * 2 * np.pi)
    warm = rng.normal(0, 2.0, len(cities))[place] + 19 + 10 * season + rng.normal(0, 2.5, len(day))
    rain = np.where(rng.random(len(day)) < 0.25 - 0.08 * season, np.round(rng.gamma(1.2, 6.0, len(day)), 1), 0.0)
    cloudy = rng.random(len(day)) < 0.35
    snow = (rain > 0) & (warm < 3)
    condition = np.where(snow, "neve", np.where(rain > 0, "pioggia", np.where(cloudy, "nuvoloso", "sereno"))).astype(object)
    low = np.round(warm - rng.uniform(5, 11, len(day)), 0).astype(np.int64)
    world.write_rows("weather.csv", "place,day,temp_min,temp_max,rain_mm,condition", {
        "place": cities[place], "day": day_text(at), "temp_min": low, "temp_max": np.round(warm, 0).astype(np.int64),
        "rain_mm": text([f"{value:.1f}" for value in rain.tolist()]), "condition": condition,
    }, rows=len(day))
