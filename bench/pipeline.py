#!/usr/bin/env python3
"""The whole pipeline over made worlds: wall and CPU seconds and peak memory of every step, in fresh processes.

    bench/pipeline.py --scale 1 --scale 10 [--seed 1] [--keep DIR]

Prints one JSON object a scale. Peak memory is the kernel's ru_maxrss of the step's own process.
"""
import argparse, json, os, resource, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "target")), "debug", "tributary")


def step(*arguments, out=None):
    """Runs one command; returns seconds and memory."""
    start = time.perf_counter()
    process = subprocess.Popen([BINARY, "--quiet", *arguments], stdout=out or subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(arguments)}: exit {os.waitstatus_to_exitcode(status)}")
    return {"wall_s": round(time.perf_counter() - start, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "peak_mb": round(usage.ru_maxrss / 1024)}


def pipeline(scale, seed, overlap, folder):
    world, workspace = os.path.join(folder, "world"), os.path.join(folder, "workspace")
    result = {"bench": "pipeline", "scale": scale, "seed": seed, "overlap": overlap, "cpus": os.cpu_count()}
    result["world"] = step("world", world, "--seed", str(seed), "--scale", str(scale), "--overlap", overlap)
    step("init", workspace)
    files = sorted(os.path.join(world, name) for name in os.listdir(world) if name.endswith(".csv"))
    result["ingest"] = step("ingest", workspace, "--source-per-file", *files)
    summary = os.path.join(folder, "run.json")
    with open(summary, "w") as out:
        result["run"] = step("run", workspace, "--format", "json", out=out)
    run = json.load(open(summary))
    result["observations"] = run["observations"]
    result["nodes"], result["links"], result["alerts"] = run["nodes"], run["links"], run["alerts"]
    report = os.path.join(folder, "evaluate.json")
    with open(report, "w") as out:
        result["evaluate"] = step("evaluate", workspace, "--truth", os.path.join(world, "truth"), "--format", "json", out=out)
    return result, json.load(open(report))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--overlap", default="low")
    arguments = parser.parse_args()
    for scale in arguments.scale or [0.05]:
        folder = tempfile.mkdtemp(prefix="tributary-bench-")
        try:
            result, _ = pipeline(scale, arguments.seed, arguments.overlap, folder)
            print(json.dumps(result), flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
