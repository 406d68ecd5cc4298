"""Linkage on sample companies beside a referee and a supervised reference: `python benchmarks/sample.py [SEED ...]`.

Writes benchmarks/SAMPLE.md. The supervised reference is boosted trees on the same candidate pairs and comparison levels,
trained on the truth of half of the people and judged on the other half, clustered as cem clusters: what labels could buy.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.supervised import trees_quality

from cem_cli.config.project import read_project
from cem_cli.linkage import engine
from cem_cli.linkage.contract import LinkInput
from cem_cli.linkage.evaluate import Quality
from cem_cli.linkage.identity import persist
from cem_cli.linkage.identity.referee import referee_quality
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.linkage.identity.truth import evaluate_project
from cem_cli.linkage.model import Model
from cem_cli.linkage.prepare import prepare
from cem_cli.store.workspace import Workspace
from tests.linkage.test_sample import linked_company


def supervised(workspace: Workspace, settings: LinkSettings) -> Quality:
    """Return the quality of boosted trees trained on the other half of the people."""
    con = workspace.con
    stored = persist.read_model(con)
    assert stored is not None
    model = Model.from_json(stored.model, stored.terms)
    ready = prepare(con, LinkInput("truth_people", settings.kinds), settings.options, model)
    found = engine.propose(ready, settings.options, model)
    owner = dict(con.execute("SELECT record_id, min(entity) FROM truth_record GROUP BY record_id").fetchall())
    return trees_quality(ready, found, model, settings.options, [owner.get(int(i)) for i in ready.records.record_id])


def main() -> None:
    seeds = [int(word) for word in sys.argv[1:]] or [1, 2, 3]
    rows = []
    for seed in seeds:
        with linked_company(seed) as (workspace, data):
            project = read_project(data.parent)
            settings = replace(LinkSettings.of(project.file.linkage, workspace.key))
            ours = evaluate_project(workspace.con, settings, data / "truth.csv")
            judged = {
                "cem, no labels": ours.quality, "boosted trees, trained on half of the truth": supervised(workspace, settings),
                "recordlinkage ECM, no labels": referee_quality(workspace.con, settings),
            }
            for who, q in judged.items():
                rows.append(f"| {seed} | {who} | {q.precision:.4f} | {q.recall:.4f} | {q.f1:.4f} | {q.bcubed_f1:.4f} |")
            rows.append(f"| {seed} | (reach: true pairs connected by candidates) | | {ours.reachable:.4f} | | |")
            print(*rows[-4:], sep="\n", flush=True)
    head = [
        "# Linkage on sample companies\n",
        f"Measured by `python benchmarks/sample.py {' '.join(map(str, seeds))}`: 2,000 people, two dozen silos.",
        "Pairwise figures over distinct (record, entity); the ECM classifier's links are closed transitively.\n",
        "| seed | who | precision | recall | F1 | B-cubed F1 |", "| --- | --- | --- | --- | --- | --- |",
    ]
    (Path(__file__).parent / "SAMPLE.md").write_text("\n".join([*head, *rows]) + "\n")


if __name__ == "__main__":
    main()
