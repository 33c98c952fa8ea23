#!/usr/bin/env python3
"""Which of the items that published pipelines need Rotifer has: docs/expressible.md, from a ranked list and registry.lock.

    ROTIFER_PIPELINES=FOLDER tests/expressible.py [--check]

FOLDER holds order.csv: the items in the order in which they make most pipelines expressible, with how many pipelines need each. With
--check nothing is written, and a page that is not what the script would write is a failure. Without the variable there is nothing to
compute, which is said.
"""

import csv
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/expressible.md"

# Items that are no function by their own name: the functions that make them, and the page and words that say how they are used.
FEATURES = {
    "aux_input_file": ([], "docs/running.md", "## Inputs"),
    "cross_image_aggregation": (["mean_projection", "group_rows"], "docs/running.md", "## Steps over groups of images"),
    "scalar_math": ([], "docs/running.md", "## Numbers of earlier steps in arguments"),
    "object_relations": (["relate_labels", "join_tables", "group_rows", "mask_labels"], "docs/cellprofiler.md", "RelateObjects"),
    "filter_by_measurement": (["filter_labels", "filter_rows"], "docs/running.md", "filter_labels"),
    "measurement_math": (["calculate"], "docs/running.md", "calculate"),
    "measurement_as_argument": ([], "docs/running.md", "## Numbers of earlier steps in arguments"),
    "tracking_over_time": (["track_objects"], "docs/running.md", 'over = "time"'),
    "across_time": (["mean_projection"], "docs/running.md", 'over = "time"'),
    "parameter_loop": ([], "docs/running.md", "## Several values of an argument"),
    "points_table_input": (["read_values_at_positions"], "docs/running.md", "`.csv` is a table"),
}


def functions():
    """The ids in registry.lock; a function of several revisions stands once."""
    lines = (ROOT / "registry.lock").read_text().splitlines()
    return {line.split()[0] for line in lines if line[:1].isalpha()}


def means(item, known):
    """The counterpart of an item: text for the table, or None."""
    if item in known:
        return f"`{item}`"
    if item not in FEATURES:
        return None
    needed, page, words = FEATURES[item]
    absent = [op for op in needed if op not in known]
    if absent or words not in (ROOT / page).read_text():
        return None
    name = pathlib.Path(page).name
    return f"[{words.strip('# `')}]({name})" if words.startswith("##") else ", ".join(f"`{op}`" for op in needed) or f"[{name}]({name})"


def page(rows):
    known = functions()
    found = [(row, means(row["item"], known)) for row in rows]
    had = [row for row, text in found if text]
    missing = [row for row, text in found if not text]
    count = lambda row, column: int(row[column] or 0)
    first = next((i for i, (_, text) in enumerate(found) if not text), len(found))
    share = found[first - 1][0]["share_of_the_141_expressible_after"] if first else "0 %"
    whole = int(rows[-1]["share_of_the_141_expressible_after"].split()[0]) * 141 // 100
    # No pipeline is lost twice, so the sum is the most that can be lost.
    lost = sum(count(row, "of_141_published_pipelines") for row in missing)
    least = max(whole - lost, int(share.split()[0]) * 141 // 100)
    lines = [
        "# What published pipelines need",
        "",
        f"{len(rows)} functions and features make {rows[-1]['share_of_the_141_expressible_after']} of 141 published pipelines expressible. "
        f"Rotifer has {len(had)} of them. All before number {found[first][0]['nr'] if first < len(found) else len(rows) + 1} are there "
        f"({share} of the pipelines by these alone); with all that are, at least {least} of the 141 ({100 * least // 141} %). Those that are "
        "not there:",
        "",
        "| nr | item | of 141 pipelines | of 313 CellProfiler files |",
        "|---|---|---|---|",
    ]
    cells = ["of_141_published_pipelines", "of_313_cellprofiler_pipelines"]
    for row in missing:
        lines.append(f"| {row['nr']} | {row['item']} | {' | '.join(row[c] or '' for c in cells)} |")
    lines += ["", "All of them:", "", "| nr | item | of 141 | of 313 | by |", "|---|---|---|---|---|"]
    for row, text in found:
        lines.append(f"| {row['nr']} | {row['item']} | {' | '.join(row[c] or '' for c in cells)} | {text or ''} |")
    lines += ["", "Written by `tests/expressible.py` from a list of these pipelines and `registry.lock`.", ""]
    return "\n".join(lines)


def main():
    folder = os.environ.get("ROTIFER_PIPELINES")
    path = pathlib.Path(folder) / "order.csv" if folder else None
    if path is None or not path.is_file():
        print("skipped: ROTIFER_PIPELINES names no folder with order.csv")
        return 0
    with path.open(newline="") as file:
        text = page(list(csv.DictReader(file)))
    if "--check" in sys.argv[1:]:
        stale = not PAGE.is_file() or PAGE.read_text() != text
        print(f"{PAGE.name} is {'stale: run tests/expressible.py' if stale else 'as computed'}")
        return int(stale)
    PAGE.write_text(text)
    print(text.split("\n\n")[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
