#!/usr/bin/env python3
"""Pattern search on the AMLGentex development set, by plain search without labels: instances that a hit holds, and benign patterns that one holds.

bench/patterns.py [--bin FOLDER] [--search KINDS NAME=VALUE …]   needs pandas and pyarrow; FOLDER holds the examples `patterns` and `rank_transfers` (target/release/examples)

An instance is *held* when one hit of a kind has at least half of its transfers; *tightly* when those are also at least half of the hit's transfers. Benign patterns are
counted the same way, as false alarms. The ranking: average precision of `rank_transfers`, and instances (or benign patterns) at least half of whose transfers are
among as many first ones as there are labelled ones. Labels are read after the search has ended, for counting only.
"""
import argparse, json, os, resource, subprocess, tempfile
from collections import Counter, defaultdict

import pandas as pd

HERE = os.path.dirname(os.path.abspath(__file__))
LAUNDERING = {1: "fan_out", 2: "fan_in", 3: "cycle", 4: "bipartite", 5: "stack", 7: "scatter_gather", 8: "gather_scatter"}
BENIGN = {10: "single", 11: "fan_out", 12: "fan_in", 13: "forward", 14: "mutual", 15: "periodical"}


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return out, round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)


def average_precision(score, positive):
    frame = pd.DataFrame({"score": score, "positive": positive}).groupby("score").agg(n=("positive", "size"), gained=("positive", "sum"))
    frame = frame.sort_index(ascending=False)
    precision = frame.gained.cumsum() / frame.n.cumsum()
    return float((precision * frame.gained).sum() / frame.gained.sum())


def held(lines, pattern_of, size_of):
    """pattern -> kinds whose hit holds it, and kinds whose hit holds it tightly."""
    by_any, by_tight = defaultdict(set), defaultdict(set)
    for line in lines:
        hit = json.loads(line)
        counts = Counter(pattern_of[t] for t in map(int, hit["transfers"]) if t in pattern_of)
        for pattern, count in counts.items():
            if count * 2 >= size_of[pattern]:
                by_any[pattern].add(hit["kind"])
                if count * 2 >= len(hit["transfers"]):
                    by_tight[pattern].add(hit["kind"])
    return by_any, by_tight


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "target")), "release", "examples"))
    parser.add_argument("--search", nargs="*", default=[], help="kinds and parameters of the search, as the example takes them")
    args = parser.parse_args()
    data = os.path.join(os.environ.get("TRIBUTARY_DATA", os.path.join(HERE, "..", "..", "shared", "data")), "transactions", "amlgentex_dev.parquet")
    frame = pd.read_parquet(data)
    frame["pattern"] = list(zip(frame.is_sar, frame.model_type, frame.pattern_id))
    inside = frame[(frame.from_account >= 0) & (frame.to_account >= 0)]
    labelled = inside[inside.is_sar == 1]
    kind_of = {p: LAUNDERING[p[1]] for p in set(labelled.pattern)}
    benign_of = {p: BENIGN[p[1]] for p in set(inside[(inside.is_sar == 0) & inside.model_type.isin(BENIGN)].pattern)}
    sizes = Counter(inside.pattern)
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "transfers.csv")
        frame[["transfer_id", "from_account", "to_account", "step", "amount"]].to_csv(table, index=False)
        # The world outside (ids below 0) is one counterparty of everybody: out of the search for shapes, in the ranking as the run has it.
        lines, search_cpu = run([os.path.join(args.bin, "patterns"), table, "--inside", *args.search])
        ranked = os.path.join(folder, "ranked.csv")
        frame.assign(at=frame.step.astype("int64") * 86_400_000_000)[["from_account", "to_account", "at", "amount"]].to_csv(ranked, index=False)
        scores, rank_cpu = run([os.path.join(args.bin, "rank_transfers"), ranked])
    lines = lines.splitlines()
    pattern_of = dict(zip(inside.transfer_id, inside.pattern))
    by_any, by_tight = held(lines, pattern_of, sizes)
    score = pd.Series([float(line.split(" ", 1)[0]) for line in scores.splitlines()], index=frame.index)[inside.index]
    first = set(score.sort_values(ascending=False, kind="stable").index[: len(labelled)])
    top = Counter(inside.pattern[inside.index.isin(first)])
    tally = lambda of, test: dict(sorted(Counter(kind for pattern, kind in of.items() if test(pattern)).items()))
    table = defaultdict(Counter)
    for pattern, kind in kind_of.items():
        for found in by_any.get(pattern, ()):
            table[kind][found] += 1
    print(json.dumps({
        "hits": dict(sorted(Counter(json.loads(line)["kind"] for line in lines).items())),
        "search_cpu_s": search_cpu, "rank_cpu_s": rank_cpu,
        "instances": tally(kind_of, lambda p: True),
        "instances_held": tally(kind_of, lambda p: p in by_any), "instances_held_tightly": tally(kind_of, lambda p: p in by_tight),
        "instances_held_by_kind": {kind: dict(sorted(found.items())) for kind, found in sorted(table.items())},
        "benign": tally(benign_of, lambda p: True),
        "benign_held": tally(benign_of, lambda p: p in by_any), "benign_held_tightly": tally(benign_of, lambda p: p in by_tight),
        "ranking": {
            "average_precision": round(average_precision(score, inside.is_sar), 4),
            "instances_in_front": tally(kind_of, lambda p: top[p] * 2 >= sizes[p]), "benign_in_front": tally(benign_of, lambda p: top[p] * 2 >= sizes[p]),
        },
    }, indent=1))


if __name__ == "__main__":
    main()
