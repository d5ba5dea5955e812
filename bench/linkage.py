"""Quality and cost of linkage: runs the example `link` of crates/linkage on a CSV file and judges it against the truth.

    python bench/linkage.py FILE --truth COLUMN [--columns a,b,c] [--link PATH] [--reps N]

Pair F1 is over ALL true pairs: those that blocking misses count as missed. `pair` is the score of a pair alone, `collective` the
score with what the other records of both groups say; `best` is at the best threshold on the truth, `chosen` at the program's own.
`--truth febrl` takes the cluster from rec_id. Prints one JSON object.
"""
import argparse, json, os, resource, subprocess, sys, tempfile, time
import numpy as np
import pandas as pd


def best_f1(scores, true, n_true):
    order = np.argsort(-scores, kind="stable")
    s, t = scores[order], true[order].astype(np.int64)
    tp = np.cumsum(t)
    n = np.arange(1, len(t) + 1)
    last = np.r_[s[1:] != s[:-1], True]
    p, r = tp / n, tp / max(1, n_true)
    f = np.where(last, 2 * p * r / np.maximum(p + r, 1e-12), -1)
    i = int(np.argmax(f))
    return dict(f1=round(float(f[i]), 4), precision=round(float(p[i]), 4), recall=round(float(r[i]), 4), bits=round(float(s[i]), 2))


def cluster_f1(pred, truth):
    pred = np.unique(pred, return_inverse=True)[1].astype(np.int64)
    truth = np.unique(truth, return_inverse=True)[1].astype(np.int64)
    _, inv, cnt = np.unique(pred * (truth.max() + 1) + truth, return_inverse=True, return_counts=True)
    cp, ct = np.bincount(pred), np.bincount(truth)
    two = lambda a: float((a.astype(np.float64) * (a - 1) / 2).sum())
    tp, pp, tt = two(cnt), two(cp), two(ct)
    p, r = (tp / pp if pp else 1.0), (tp / tt if tt else 1.0)
    inter = cnt[inv].astype(np.float64)
    bp, br = float((inter / cp[pred]).mean()), float((inter / ct[truth]).mean())
    return dict(f1=round(2 * p * r / (p + r), 4) if p + r else 0, precision=round(p, 4), recall=round(r, 4), b3=round(2 * bp * br / (bp + br), 4))


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("file")
    ap.add_argument("--truth", default="cluster")
    ap.add_argument("--columns")
    ap.add_argument("--link", default="target/release/examples/link")
    ap.add_argument("--extra", default="")
    ap.add_argument("--verbose", action="store_true")
    a = ap.parse_args()
    frame = pd.read_csv(a.file, dtype=str, keep_default_na=False, skipinitialspace=True, usecols=lambda c: c.strip() in (a.truth, "rec_id"))
    truth = frame["rec_id"].str.extract(r"^([^-]+-[^-]+)")[0] if a.truth == "febrl" else frame[a.truth]
    truth = pd.factorize(truth)[0]
    with tempfile.TemporaryDirectory() as folder:
        clusters, pairs = os.path.join(folder, "c.csv"), os.path.join(folder, "p.csv")
        command = [a.link, a.file, "--clusters", clusters, "--pairs", pairs] + (["--columns", a.columns] if a.columns else []) + a.extra.split()
        start = time.perf_counter()
        run = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        wall = time.perf_counter() - start
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        if run.returncode or a.verbose:
            sys.stderr.write(run.stderr)
        run.check_returncode()
        c, p = pd.read_csv(clusters), pd.read_csv(pairs)
    sizes = np.bincount(truth).astype(np.int64)
    n_true = int((sizes * (sizes - 1) // 2).sum())
    true = truth[p.left.values] == truth[p.right.values]
    print(json.dumps(dict(file=os.path.basename(a.file), rows=len(truth), true_pairs=n_true, kept=len(p), kept_recall=round(float(true.sum() / n_true), 4),
                          pair_best=best_f1(p.bits.values, true, n_true), collective_best=best_f1(p.collective_bits.values, true, n_true),
                          cluster_chosen=cluster_f1(c.cluster.values, truth),
                          wall_s=round(wall, 2), cpu_s=round(usage.ru_utime + usage.ru_stime, 2), peak_mb=round(usage.ru_maxrss / 1024))))


if __name__ == "__main__":
    main()
