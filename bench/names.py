"""Names across scripts: retrieval on two transliteration sets, and the labelled pairs, beside two others in the same run.

    cargo build --release -p tributary-text --example measure_names
    python bench/names.py --binary target/release/examples/measure_names --data FOLDER [--part retrieval|pairs|speed]

FOLDER holds names/ar2en-eval.txt and names/wd_arabic_16.txt (see docs/names.md). The others:
(a) Jaro-Winkler (rapidfuzz) on an ICU transliteration (PyICU, Any-Latin; Latin-ASCII; Lower), tokens sorted;
(b) logic-v2 of nomenklatura, names only.
Others need: pip install PyICU rapidfuzz nomenklatura numpy. What is not installed is left out and said so.
logic-v2 is slow, so it sees a sample of queries and targets, and the other two are measured on that sample as well.
Prints one JSON object a line.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAIRS = ROOT / "crates/text/tests/data/name_pairs.csv"


def fnv(data):
    """FNV-1a, 64 bits: the stated hash of the split (bit 32 of the hash of `a TAB b`; 1 is held out)."""
    state = 0xCBF29CE484222325
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) % 2**64
    return state


def read_set(folder, name):
    """(Latin, Arabic) pairs of one set."""
    pairs = []
    for line in (Path(folder) / "names" / name).read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if name.startswith("wd"):
            pairs.append((fields[0], fields[1].replace(" ", "")))
        else:
            pairs.append((fields[1], fields[0]))
    return [(latin.strip(), arabic.strip()) for latin, arabic in pairs if latin.strip() and arabic.strip()]


def task(pairs, backwards):
    """Queries, targets, and for each query its true targets."""
    if backwards:
        pairs = [(arabic, latin) for latin, arabic in pairs]
    queries = sorted({query for query, _ in pairs})
    targets = sorted({target for _, target in pairs})
    place = {target: at for at, target in enumerate(targets)}
    truth = {}
    for query, target in pairs:
        truth.setdefault(query, set()).add(place[target])
    return queries, targets, [truth[query] for query in queries]


def auc(true, false):
    """Area under the ROC curve, ties half."""
    both = sorted([(score, 1) for score in true] + [(score, 0) for score in false])
    area, below, at = 0.0, 0, 0
    while at < len(both):
        end = at
        while end < len(both) and both[end][0] == both[at][0]:
            end += 1
        positives = sum(label for _, label in both[at:end])
        negatives = end - at - positives
        area += positives * (below + negatives / 2)
        below += negatives
        at = end
    return area / (len(true) * len(false))


def recall_at(true, false, share=0.01):
    """Recall at the lowest threshold whose false rate is at most `share`, and the threshold: scores above it are hits."""
    threshold = sorted(false, reverse=True)[int(share * len(false))]
    return sum(score > threshold for score in true) / len(true), threshold


def figures(ranks, true, false):
    """Figures of one retrieval."""
    count = len(ranks)
    return {
        "top1": round(sum(rank < 1.5 for rank in ranks) / count, 4),
        "top5": round(sum(rank <= 5 for rank in ranks) / count, 4),
        "mrr": round(sum(1 / rank for rank in ranks) / count, 4),
        "auc": round(auc(true, false), 4),
        "recall_at_1pc_false": round(recall_at(true, false)[0], 4),
        "queries": count,
    }


def ours(binary, queries, targets, truth):
    """Retrieval by the example binary."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, lines in (("q", queries), ("t", targets), ("y", [f"{at}\t{x}" for at, places in enumerate(truth) for x in sorted(places)])):
            path = Path(folder) / name
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            paths.append(str(path))
        done = subprocess.run([binary, "retrieve", *paths], capture_output=True, text=True, check=True)
    rows = [[float(x) for x in line.split("\t")] for line in done.stdout.splitlines()]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def false_place(at, count, wanted):
    """The same false target for every system: as the binary draws it."""
    step = 1
    while (at * 7919 + step * 104729) % count in wanted:
        step += 1
    return (at * 7919 + step * 104729) % count


def by_rows(rows, truth, count):
    """Ranks and scores from one row of scores a query; ties count half."""
    ranks, true, false = [], [], []
    for at, (row, wanted) in enumerate(zip(rows, truth)):
        best = max(float(row[place]) for place in wanted)
        even = sum(1 for place in range(count) if row[place] == best and place not in wanted)
        ranks.append(1 + int((row > best).sum()) + even / 2)
        true.append(best)
        false.append(float(row[false_place(at, count, wanted)]))
    return ranks, true, false


def transliterator():
    """ICU's any-script to ASCII, or nothing."""
    try:
        import icu
    except ImportError:
        return None
    made = icu.Transliterator.createInstance("Any-Latin; Latin-ASCII; Lower; [^a-z0-9\\ ] Remove")
    return lambda name: " ".join(sorted(made.transliterate(name).split()))


def jaro_winkler(queries, targets, truth):
    """Retrieval by Jaro-Winkler on ICU's transliteration."""
    import numpy
    from rapidfuzz import distance, process

    romanise = transliterator()
    left, right = [romanise(x) for x in queries], [romanise(x) for x in targets]

    def rows():
        for start in range(0, len(left), 200):
            yield from process.cdist(left[start : start + 200], right, scorer=distance.JaroWinkler.similarity, dtype=numpy.float32)

    return by_rows(rows(), truth, len(right))


class LogicV2:
    """logic-v2 of nomenklatura on persons that have a name and nothing else."""

    def __init__(self):
        import logging

        logging.disable(logging.CRITICAL)
        from followthemoney import model
        from nomenklatura.matching import get_algorithm
        from nomenklatura.matching.types import ScoringConfig

        self.algorithm = get_algorithm("logic-v2")
        self.config = ScoringConfig.defaults()
        self.model = model

    def person(self, name):
        return self.model.get_proxy({"id": name, "schema": "Person", "properties": {"name": [name]}})

    def score(self, a, b):
        return self.algorithm.compare(a, b, self.config).score

    def retrieve(self, queries, targets, truth):
        import numpy

        left, right = [self.person(x) for x in queries], [self.person(x) for x in targets]
        rows = (numpy.array([self.score(a, b) for b in right]) for a in left)
        return by_rows(rows, truth, len(right))


def sample(pairs, size, seed=5):
    return random.Random(seed).sample(pairs, min(size, len(pairs)))


def show(**row):
    print(json.dumps(row, ensure_ascii=False), flush=True)


def retrieval(arguments, others):
    for name in ("ar2en-eval.txt", "wd_arabic_16.txt"):
        pairs = read_set(arguments.data, name)
        for size, label in ((len(pairs), "all"), (arguments.sample, "sample")):
            chosen = pairs if label == "all" else sample(pairs, size)
            for backwards in (False, True):
                work = task(chosen, backwards)
                systems = [("tributary", lambda *work: ours(arguments.binary, *work))]
                if "icu" in others:
                    systems.append(("jaro-winkler on icu", jaro_winkler))
                if "logic" in others and label == "sample":
                    systems.append(("logic-v2", others["logic"].retrieve))
                for system, run in systems:
                    start = time.process_time(), time.time()
                    found = figures(*run(*work))
                    show(set=name, scope=label, direction="arabic to latin" if backwards else "latin to arabic", targets=len(work[1]), system=system,
                         **found, wall_s=round(time.time() - start[1], 1))


def labelled(arguments, others):
    rows = list(csv.DictReader(PAIRS.open(encoding="utf-8")))
    text = "".join(f"{row['a']}\t{row['b']}\n" for row in rows)
    out = subprocess.run([arguments.binary, "pairs"], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    scores = {"tributary": [float(line.split("\t")[0]) for line in out], "tributary, log-odds": [float(line.split("\t")[1]) for line in out]}
    if "icu" in others:
        from rapidfuzz import distance

        romanise = transliterator()
        scores["jaro-winkler on icu"] = [distance.JaroWinkler.similarity(romanise(row["a"]), romanise(row["b"])) for row in rows]
    if "logic" in others:
        logic = others["logic"]
        scores["logic-v2"] = [logic.score(logic.person(row["a"]), logic.person(row["b"])) for row in rows]
    held = [fnv(f"{row['a']}\t{row['b']}".encode()) >> 32 & 1 for row in rows]
    for system, found in scores.items():
        for half, label in ((0, "tuning"), (1, "held out")):
            chosen = [(score, row) for score, row, bit in zip(found, rows, held) if bit == half]
            true = [score for score, row in chosen if row["same"] == "1"]
            false = [score for score, row in chosen if row["same"] == "0"]
            recall, threshold = recall_at(true, false)
            show(set="labelled pairs", half=label, system=system, true=len(true), false=len(false), auc=round(auc(true, false), 4),
                 recall_at_1pc_false=round(recall, 4), recall_at_5pc_false=round(recall_at(true, false, 0.05)[0], 4), threshold=round(threshold, 4))
            if half == 1 and system.startswith("tributary"):
                by_group(system, chosen, threshold)


def by_group(system, chosen, threshold):
    """Errors at one threshold, by script pair and by gender; gender is read here alone, to measure error."""
    def pair(row):
        return "-".join(sorted((row["script_a"], row["script_b"])))

    for title, key in (("scripts", pair), ("gender", lambda row: row["gender"]), ("note", lambda row: row["note"])):
        for value in sorted({key(row) for _, row in chosen}):
            true = [score for score, row in chosen if key(row) == value and row["same"] == "1"]
            false = [score for score, row in chosen if key(row) == value and row["same"] == "0"]
            show(set="labelled pairs", half="held out", system=system, **{title: value}, true=len(true), missed=sum(score <= threshold for score in true),
                 false=len(false), false_hits=sum(score > threshold for score in false))


def speed(arguments):
    rows = list(csv.DictReader(PAIRS.open(encoding="utf-8")))
    names = "".join(f"{row['a']}\n{row['b']}\n" for row in rows)
    out = subprocess.run([arguments.binary, "speed"], input=names, capture_output=True, text=True, check=True).stdout
    show(set="labelled pairs, each name against the 400 after it", **json.loads(out))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "target/release/examples/measure_names"))
    parser.add_argument("--data", default=str(ROOT.parent / "shared/data"))
    parser.add_argument("--sample", type=int, default=250)
    parser.add_argument("--part", choices=["retrieval", "pairs", "speed", "all"], default="all")
    parser.add_argument("--without", action="append", default=[], choices=["icu", "logic"])
    arguments = parser.parse_args()
    others = {}
    try:
        if "icu" not in arguments.without and transliterator():
            import rapidfuzz

            others["icu"] = rapidfuzz.__version__
        if "logic" not in arguments.without:
            others["logic"] = LogicV2()
    except ImportError as error:
        print(f"left out: {error}", file=sys.stderr)
    if arguments.part in ("pairs", "all"):
        labelled(arguments, others)
    if arguments.part in ("speed", "all"):
        speed(arguments)
    if arguments.part in ("retrieval", "all"):
        retrieval(arguments, others)


if __name__ == "__main__":
    main()
