"""Our linkage and a peer's, by turns in one sitting: best wall time and least CPU seconds of each, and the ratios.

    python bench/linkage_peers.py --ours "target/release/examples/link FILE --columns a,b,c --clusters /dev/null" --peer "COMMAND" [--rounds 3]

Ours is the whole program: reading the CSV and writing the clusters included. A peer that prints a line of JSON with `wall_s` and `cpu_s` (after
`@@` or not) is taken at its word, as when it leaves out the time for loading; any other is measured from start to end.
"""
import argparse, json, os, shlex, subprocess, threading, time


def run(command):
    start = time.perf_counter()
    child = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = []
    reader = threading.Thread(target=lambda: out.extend(child.stdout))
    reader.start()
    _, status, usage = os.wait4(child.pid, 0)
    reader.join()
    if status:
        raise SystemExit(f"`{command}` failed")
    took = dict(wall_s=time.perf_counter() - start, cpu_s=usage.ru_utime + usage.ru_stime, peak_mb=usage.ru_maxrss / 1024)
    for line in out:
        try:
            told = json.loads(line.strip().removeprefix("@@"))
        except ValueError:
            continue
        if isinstance(told, dict) and "wall_s" in told:
            took.update(wall_s=told["wall_s"], cpu_s=told["cpu_s"])
    return {k: round(v, 2) for k, v in took.items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--peer", required=True)
    ap.add_argument("--rounds", type=int, default=2)
    a = ap.parse_args()
    ours, peer = [], []
    for number in range(a.rounds):
        for name, command, runs in (("ours", a.ours, ours), ("peer", a.peer, peer)):
            runs.append(run(command))
            print(json.dumps(dict(round=number + 1, who=name, load=os.getloadavg()[0], **runs[-1])), flush=True)
    least = lambda runs, key: min(r[key] for r in runs)
    print(json.dumps({f"{key}_ratio": round(least(peer, key) / least(ours, key), 1) for key in ("wall_s", "cpu_s", "peak_mb")}))


if __name__ == "__main__":
    main()
