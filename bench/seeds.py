#!/usr/bin/env python3
"""Detection on fresh worlds: makes a world for each seed, runs the pipeline, evaluates, and pools.

    bench/seeds.py --first 2001 --count 10 --scale 1 --overlap high

Prints one JSON object a seed and a pooled one. Intervals are Wilson's at 95 %. Seeds below 1000 were used in development.
"""
import argparse, csv, json, math, os, shutil, subprocess, sys, tempfile
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pipeline import BINARY, pipeline


def wilson(hits, of, z=1.959964):
    if of == 0:
        return None
    p, d = hits / of, 1 + z * z / of
    centre, half = (p + z * z / (2 * of)) / d, z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / d
    return [round(p, 4), round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4)]


def counts(folder):
    """True and false alerts at q <= 0.1 by kind, and what was found of what is true."""
    truth = os.path.join(folder, "world", "truth")
    read = lambda name: list(csv.DictReader(open(os.path.join(truth, name), encoding="utf-8")))
    members = defaultdict(set)
    for row in read("members.csv"):
        members[(row["subject_type"], row["id"])].add(row["network_id"])
    side = {row["network_id"]: row["side"] for row in read("networks.csv")}
    pairs = {row["convergence_id"]: (row["trafficking_network"], row["financing_network"]) for row in read("convergences.csv")}
    lines = subprocess.run([BINARY, "alerts", os.path.join(folder, "workspace"), "--format", "ndjson"], capture_output=True, text=True, check=True).stdout
    result, found, networks = defaultdict(int), set(), set()
    for alert in map(json.loads, lines.splitlines()):
        named = set().union(*(members.get((s["type"], s["id"]), set()) for s in alert["subjects"]))
        kind = alert["kind"]
        if kind == "convergence":
            hit = {c for c, (t, f) in pairs.items() if t in named and f in named}
            found |= hit if alert["q_value"] <= 0.1 else set()
            right = bool(hit)
        else:
            right = any(kind in ("laundering", side[n]) for n in named)
        networks |= named
        if alert["q_value"] <= 0.1:
            result[f"{kind} {'true' if right else 'false'}"] += 1
    result.update({"convergences": len(pairs), "convergences found": len(found), "networks": len(side), "networks named": len(networks & side.keys())})
    return dict(result)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=2001)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--overlap", default="high")
    a = parser.parse_args()
    pooled, quiet, protected = defaultdict(int), 0, 0
    for seed in range(a.first, a.first + a.count):
        folder = tempfile.mkdtemp(prefix="tributary-seeds-")
        try:
            pipeline(a.scale, seed, a.overlap, folder)
            one = counts(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        quiet += one.get("convergence true", 0) + one.get("convergence false", 0) == 0
        for key, value in one.items():
            pooled[key] += value
        print(json.dumps({"seed": seed, **one}), flush=True)
    rates = {}
    for kind in ("convergence", "terrorist_financing", "trafficking", "laundering"):
        right, wrong = pooled[f"{kind} true"], pooled[f"{kind} false"]
        rates[f"{kind}: false share at q <= 0.1"] = wilson(wrong, right + wrong)
    rates["recall of convergences at q <= 0.1"] = wilson(pooled["convergences found"], pooled["convergences"])
    rates["networks named by any alert"] = wilson(pooled["networks named"], pooled["networks"])
    rates["worlds without a convergence alert at q <= 0.1"] = wilson(quiet, a.count)
    print(json.dumps({"bench": "seeds", "scale": a.scale, "overlap": a.overlap, "seeds": a.count, "pooled": pooled, "rates": rates}))


if __name__ == "__main__":
    main()
