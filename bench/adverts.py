"""Groups of near-identical adverts: ours beside datasketch, rensa and simhash, on the same files in the same sitting.

    export TRIBUTARY_BENCH=FOLDER        # holds bench_ads.py, gen_ads.py and common.py: the peers' loops and a simple English generator
    cargo build --release -p tributary-world --example advert_corpus
    python bench/adverts.py [--ours "target/release/tributary adverts cluster {input} --out {output}"] [--posts 20000]
        [--levels low,mid,high] [--files simple,en,ur,ps,prs,ur-Latn,mixed] [--tools ours,datasketch,rensa] [--clutter CLUTTER.csv] [--work FOLDER]

`simple` is the generator of TRIBUTARY_BENCH; the others are the corpus of `crates/world` in one language, or all of them. Clutter (a CSV with a column
`text`) stands alone in `en` and `mixed`. Each peer runs in a process of its own; its words are letters of any script here, since its own rule keeps
a-z alone and would see nothing of four of the languages (`--latin` leaves its rule as it is).
Ours is the whole command: reading the CSV, and writing post_id and group (empty: alone). Prints one JSON object a line; CPU seconds are user + system.
Others need: pip install datasketch rensa simhash numpy pandas pyarrow scikit-learn
"""
import argparse, csv, json, os, re, shlex, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "target/release/examples/advert_corpus"


def scores(found, truth):
    """Adjusted Rand index, homogeneity and completeness; every text that stands alone is a cluster of its own."""
    from sklearn.metrics import adjusted_rand_score, completeness_score, homogeneity_score

    pair = (truth, found)
    return {k: round(float(f(*pair)), 4) for k, f in [("ari", adjusted_rand_score), ("homogeneity", homogeneity_score), ("completeness", completeness_score)]}


def peer(tool, path, level, latin):
    """Runs in a process of its own: the peer's loop as TRIBUTARY_BENCH has it, over another file."""
    sys.path.insert(0, os.environ["TRIBUTARY_BENCH"])
    import bench_ads
    import pandas as pd

    table = Path(path).with_suffix(".parquet")
    if not table.exists():
        pd.read_csv(path, keep_default_na=False).to_parquet(table, index=False)
    bench_ads.gen_ads.path = lambda *_args, **_named: str(table)
    bench_ads.cluster_scores = lambda found, truth: scores(found, truth)
    if not latin:
        bench_ads.TOK = re.compile(r"[^\W\d_]+")
    told = bench_ads.one(argparse.Namespace(tool=tool, ads=0, level=level, lsh=0.4, jac=0.35, export=None))
    print("@@" + json.dumps({**told.pop("quality"), "tool": told["tool"], "adverts_per_cpu_s": round(told["ads_per_cpu_s"]), "peak_mb": told["rss_mb"]}))


def run_peer(tool, path, level, latin):
    command = [sys.executable, __file__, "--one", tool, "--input", str(path), "--levels", level] + (["--latin"] if latin else [])
    child = subprocess.run(command, capture_output=True, text=True)
    if child.returncode:
        return {"failed": child.stderr.strip().splitlines()[-1:]}
    return json.loads([line for line in child.stdout.splitlines() if line.startswith("@@")][-1][2:])


def ours(command, path, work):
    """The whole command; scored from the file it writes, or from `ari 0.9`-like words it prints when it writes none."""
    given, output = work / "given.csv", work / "found.csv"
    labels, names = {}, []
    with open(path, newline="", encoding="utf-8") as source, open(given, "w", newline="", encoding="utf-8") as target:
        rows = csv.writer(target)
        rows.writerow(["post_id", "text", "label"])
        for row in csv.DictReader(source):
            labels[row["id"]] = row["label"]
            names.append(row["id"])
            rows.writerow([row["id"], row["text"], row["label"]])
    output.unlink(missing_ok=True)
    words = [word.format(input=given, output=output) for word in shlex.split(command)]
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        out.seek(0)
        said = out.read()
    if status:
        return {"failed": said.strip().splitlines()[-1:]}
    told = {"tool": "tributary", "adverts_per_cpu_s": round(len(names) / max(usage.ru_utime + usage.ru_stime, 0.01)), "peak_mb": round(usage.ru_maxrss / 1024, 1)}
    if not output.exists():
        return {**{k: float(v) for k, v in re.findall(r"\b(ari|homogeneity|completeness) (-?[0-9.]+)", said)}, **told}
    with open(output, newline="", encoding="utf-8") as source:
        group = {row["post_id"]: row["group"] for row in csv.DictReader(source)}
    found = [group[name] or f"alone {name}" for name in names]
    return {**scores(found, [labels[name] for name in names]), **told}


def files(a, level, work):
    """Makes the inputs of one level: name and path."""
    wanted = a.files.split(",")
    folder = work / f"{level}-{a.posts}-{a.seed}"
    if set(wanted) - {"simple"} and not (folder / "mixed.csv").exists():
        subprocess.run([a.corpus, str(a.posts), str(folder), str(a.seed), level] + ([a.clutter] if a.clutter else []), check=True, stdout=subprocess.DEVNULL)
    if "simple" in wanted and not (folder / "simple.csv").exists():
        folder.mkdir(parents=True, exist_ok=True)
        sys.path.insert(0, os.environ["TRIBUTARY_BENCH"])
        import gen_ads

        with open(folder / "simple.csv", "w", newline="", encoding="utf-8") as target:
            rows = csv.writer(target)
            rows.writerow(["id", "text", "label"])
            rows.writerows(gen_ads.gen(a.posts, seed=a.seed, level=level))
    return [(name, folder / f"{name}.csv") for name in wanted]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours", default=f"{ROOT}/target/release/tributary adverts cluster {{input}} --out {{output}}")
    ap.add_argument("--corpus", default=str(CORPUS))
    ap.add_argument("--posts", type=int, default=20_000)
    ap.add_argument("--seed", type=int, default=9)
    ap.add_argument("--levels", default="low,mid,high")
    ap.add_argument("--files", default="simple,en,ur,ps,prs,ur-Latn,mixed")
    ap.add_argument("--tools", default="ours,datasketch,rensa,simhash")
    ap.add_argument("--clutter")
    ap.add_argument("--work")
    ap.add_argument("--latin", action="store_true")
    ap.add_argument("--one", help=argparse.SUPPRESS)
    ap.add_argument("--input", help=argparse.SUPPRESS)
    a = ap.parse_args()
    if a.one:
        return peer(a.one, a.input, a.levels, a.latin)
    with tempfile.TemporaryDirectory() as fresh:
        work = Path(a.work or fresh)
        for level in a.levels.split(","):
            for name, path in files(a, level, work):
                for tool in a.tools.split(","):
                    told = ours(a.ours, path, Path(fresh)) if tool == "ours" else run_peer(tool, path, level, a.latin)
                    load = round(os.getloadavg()[0], 1)
                    print(json.dumps({"file": name, "level": level, "posts": a.posts, "tool": tool, **told, "load": load}), flush=True)
    return None


if __name__ == "__main__":
    main()
