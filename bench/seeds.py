#!/usr/bin/env python3
"""Detection on fresh worlds: makes a world for each seed, runs the pipeline, and evaluates all of them together.

    bench/seeds.py --first 2001 --count 10 --scale 1 --overlap high [--keep DIR]

Prints one JSON object a seed and the pooled report of `tributary evaluate --pool` (intervals are Wilson's at 95 %).
Seeds below 1000 were used in development.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pipeline import BINARY, pipeline


def keep(folder, into):
    """The alerts and the truth of a world; what else there is of it is large and can be made again."""
    os.makedirs(into)
    runs = os.path.join(folder, "workspace", "runs")
    latest = open(os.path.join(runs, "latest.txt")).read().strip()
    for name in ("alerts.ndjson", "comparisons.ndjson", "findings.ndjson", "run.json"):
        shutil.copy(os.path.join(runs, latest, name), into)
    shutil.copytree(os.path.join(folder, "world", "truth"), os.path.join(into, "truth"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=2001)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--overlap", default="high")
    parser.add_argument("--keep", help="where the alerts and truths stay")
    a = parser.parse_args()
    kept = a.keep or tempfile.mkdtemp(prefix="tributary-kept-")
    worlds = []
    for seed in range(a.first, a.first + a.count):
        folder = tempfile.mkdtemp(prefix="tributary-seeds-")
        try:
            result, report = pipeline(a.scale, seed, a.overlap, folder)
            worlds.append(os.path.join(kept, f"{a.overlap}-{seed}"))
            keep(folder, worlds[-1])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        meetings = report["convergence"]
        print(json.dumps({"seed": seed, "alerts": result["alerts"], "run": result["run"], "convergence": meetings, "protected": report["protected"]}), flush=True)
    pooled = subprocess.run([BINARY, "evaluate", "--pool", *worlds, "--format", "json"], capture_output=True, text=True, check=True).stdout
    print(json.dumps({"bench": "seeds", "scale": a.scale, "overlap": a.overlap, "first": a.first, "seeds": a.count, "pooled": json.loads(pooled)}))
    if not a.keep:
        shutil.rmtree(kept, ignore_errors=True)


if __name__ == "__main__":
    main()
