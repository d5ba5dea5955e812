"""Screening measured: recall of altered names, false hits, time a query, beside others in the same run.

    python bench/screening.py --data ../shared/data --example PATH/screen [--peers DIR] [--out FILE]

Needs the example built: cargo build --release -p tributary-screen --example screen
--peers names the folder of bench_screen.py; with --peer-python PYTHON (rapidfuzz nomenklatura followthemoney numpy installed) its tools
run on the synthetic list and the first --queries queries, and ours on the same beside them.
The operating curve gives recall of altered names at so many false hits per 100,000, on the half of the negatives and positives that
was not looked at (odd rows), and on all.
Every false-hit figure says which names it was counted on:
  negatives     the 2,000 names of negatives_dev.csv
  recombined    100,000 names made of them: given names of one and last name of another of the same script
  common        100,000 combinations of common names of the region (gen_names.py's word lists)
"""
import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import unicodedata

FIELDS = ["full_name", "date_of_birth", "place_of_birth", "nationality"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, FIELDS, extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)


def script(text):
    letters = [c for c in text if c.isalpha()]
    return unicodedata.name(letters[0]).split()[0] if letters else ""


def recombined(rows, count, seed):
    """Given names of one person with the last name of another whose name is in the same script; dates and places of the first."""
    draw = random.Random(seed)
    by_script = {}
    for row in rows:
        if row["last_name"] and row["first_name"]:
            by_script.setdefault(script(row["full_name"]), []).append(row)
    known = {" ".join(sorted(row["full_name"].lower().split())) for row in rows}
    pool = [row for group in by_script.values() if len(group) > 20 for row in group]
    made = []
    while len(made) < count:
        first = draw.choice(pool)
        last = draw.choice(by_script[script(first["full_name"])])
        middle = first["middle_name"] if draw.random() < 0.5 else ""
        name = " ".join(part for part in (first["first_name"], middle, last["last_name"]) if part)
        if " ".join(sorted(name.lower().split())) not in known:
            made.append({**first, "full_name": name})
    return made


def common(peers, count, seed):
    """Names of two and three common words of the region, from gen_names.py's lists."""
    sys.path.insert(0, peers)
    import gen_names

    draw = random.Random(seed)
    made = []
    while len(made) < count:
        parts = [draw.choice(gen_names.GIV), draw.choice(gen_names.SUR)]
        if draw.random() < 0.5:
            parts.insert(1, draw.choice(gen_names.GIV))
        row = {"full_name": " ".join(parts).title(), "place_of_birth": "", "nationality": draw.choice(gen_names.CON)}
        row["date_of_birth"] = f"{draw.randrange(1945, 2004)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        made.append(row)
    return made


def run(example, lists, queries, work, options=()):
    """One run of the example; its rows and what it told."""
    out = os.path.join(work, "out.csv")
    command = [example, *[part for item in lists for part in ("--list", item)], "--queries", queries, "--out", out, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return read(out), [line for line in done.stderr.splitlines() if line]


def evidence(rows):
    return [float(row["log_odds"]) for row in rows]


def share(values, least):
    return sum(value >= least for value in values) / max(1, len(values))


def curve(altered, negatives):
    """Recall at the threshold that lets so many per 100,000 through; a set of fewer than 1e5/rate names stands for none let through."""
    found = sorted(negatives, reverse=True)
    line = {}
    for rate in (1, 5, 10, 50):
        through = int(rate * len(found) / 1e5)
        least = found[through] if through < len(found) else 0.0
        line[str(rate)] = [round(sum(value > least for value in altered) / max(1, len(altered)), 4), round(least, 2)]
    return line


def beside(args, work):
    """Ours and the peers' on the same synthetic list and queries: best F1 and CPU."""
    sys.path.insert(0, args.peers)
    import gen_names

    listed, queries = gen_names.gen(20_000, 10_000)
    queries = queries[: args.queries]
    list_file, query_file, out = (os.path.join(work, name) for name in ("peer_list.csv", "peer_queries.csv", "peer_out.csv"))
    with open(list_file, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "name", "alias", "kind", "birth", "nationality"])
        rows.writerows([e["id"], e["name"], ";".join(e["aliases"]), "person", e["dob"], e["country"]] for e in listed)
    with open(query_file, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "dob", "country"])
        rows.writerows([q["name"], q["dob"], q["country"]] for q in queries)
    done = subprocess.run(
        [args.example, "--list", "csv:" + list_file, "--queries", query_file, "--out", out, "--fields", "--min", "0.5"], capture_output=True, text=True, check=True
    )
    evidence = sorted(((float(row["log_odds"]), row["entry"] == query["truth"] != "") for row, query in zip(read(out), queries) if row["entry"]), reverse=True)
    positives, right, best = sum(bool(query["truth"]) for query in queries), 0, 0.0
    for count, (_, ok) in enumerate(evidence, 1):
        right += ok
        best = max(best, 2 * right / (count + positives))
    lines = [{"tool": "tributary", "f1": round(best, 4), "queries": len(queries), "told": done.stderr.splitlines()[-1]}]
    for algorithm in ("logic-v2", "logic-v1", "ofac") if args.peer_python else ():
        command = [args.peer_python, os.path.join(args.peers, "bench_screen.py"), "--tool", "nk", "--algo", algorithm, "--queries", str(args.queries), "--reps", "1"]
        run_ = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["runs"][0]
        lines.append({"tool": algorithm, "f1": run_["quality"]["f1"], "queries": run_["queries"], "comparisons_per_cpu_s": run_["cmp_per_cpu_s"]})
    return lines


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", default="../shared/data")
    ask.add_argument("--example", default="target/release/examples/screen")
    ask.add_argument("--peers")
    ask.add_argument("--peer-python")
    ask.add_argument("--queries", type=int, default=1_000)
    ask.add_argument("--part", choices=["lists", "peers", "all"], default="all")
    ask.add_argument("--negatives", type=int, default=100_000)
    ask.add_argument("--seed", type=int, default=1, help="draws the recombined and the common names")
    ask.add_argument("--sweep", default="3,4,4.5,5,5.5,6,6.5,7,8,9,10")
    ask.add_argument("--options", default="", help="more options for the example, such as `--settings JSON`")
    ask.add_argument("--work", help="keep queries and outputs here")
    ask.add_argument("--out")
    args = ask.parse_args()
    folder = os.path.join(args.data, "screening")
    un = "un:" + os.path.join(folder, "un_consolidated_2026-02-27.xml")
    ofac = "ofac:" + ",".join(os.path.join(folder, f"ofac_{part}_2021-07.csv") for part in ("sdn", "add", "alt"))
    positives, negatives = read(os.path.join(folder, "positives_un_dev.csv")), read(os.path.join(folder, "negatives_dev.csv"))
    work = args.work or tempfile.mkdtemp()
    os.makedirs(work, exist_ok=True)
    sets = {"positives": positives, "negatives": negatives, "recombined": recombined(negatives, args.negatives, args.seed)}
    if args.peers:
        sets["common"] = common(args.peers, args.negatives, args.seed + 1)
    for name, rows in sets.items():
        write(os.path.join(work, f"{name}.csv"), rows)
    if args.peers and args.part != "lists":
        for line in beside(args, work):
            print(json.dumps(line))
    if args.part == "peers":
        return
    report = {"date": time.strftime("%Y-%m-%d"), "load": os.getloadavg(), "runs": []}
    for label, lists in (("un", [un]), ("un+ofac", [un, ofac])):
        for fields in (False, True):
            options = ["--min", "0.5", *args.options.split(), *(["--fields"] if fields else [])]
            found = {}
            for name in sets:
                rows, told = run(args.example, lists, os.path.join(work, f"{name}.csv"), work, options)
                found[name] = evidence(rows)
                os.replace(os.path.join(work, "out.csv"), os.path.join(work, f"{name}_{label}_{'fields' if fields else 'names'}.csv"))
                print(label, "with fields" if fields else "names only", name, told[-1], file=sys.stderr)
            altered = [value for value, row in zip(found["positives"], positives) if row["form"] == "altered"]
            for name in sets:
                if name != "positives":
                    unseen = curve(altered[1::2], found[name][1::2])
                    line = {"lists": label, "fields": fields, "curve_on": name, "unseen_half": unseen, "all": curve(altered, found[name])}
                    report["runs"].append(line)
                    print(json.dumps(line))
            plain = [value for value, row in zip(found["positives"], positives) if row["form"] == "plain"]
            for least in map(float, args.sweep.split(",")):
                line = {"lists": label, "fields": fields, "log_odds_min": least, "altered": round(share(altered, least), 4), "plain": round(share(plain, least), 4)}
                for name in sets:
                    if name != "positives":
                        line[name + "_per_100k"] = round(1e5 * share(found[name], least), 1)
                report["runs"].append(line)
                print(json.dumps(line))
    report["load_after"] = os.getloadavg()
    if args.out:
        with open(args.out, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
