"""Instances and benign patterns that a ranking reaches, from the scores that `crates/rank/examples/amlgentex.rs` writes (SCORES=FOLDER).

python bench/rank_instances.py SCORES.csv... [--rows-seed 4]     (polars)

An instance counts when it has transfers in the test period: *touched* when one of them is at or above the threshold chosen before the test, *held* when at least half are.
Benign patterns are counted the same way, as false alarms. Recall of labelled transfers is told by typology and by the transfer's place in its instance: the first transfer
of an instance has no other of it behind it. Labels and patterns are read after the ranking has ended, for counting only.
"""
import argparse, json, os
import polars as pl

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IN = os.path.join(os.environ.get("TRIBUTARY_DATA", os.path.join(ROOT, "../shared/data")), "transactions/amlgentex_dev.parquet")
LAUNDERING = {1: "fan_out", 2: "fan_in", 3: "cycle", 4: "bipartite", 5: "stack", 7: "scatter_gather", 8: "gather_scatter"}
BENIGN = {10: "single", 11: "fan_out", 12: "fan_in", 13: "forward", 14: "mutual", 15: "periodical"}
PLACES = [(1, "1st"), (2, "2nd"), (3, "3rd"), (5, "4th and 5th"), (10, "6th to 10th"), (10**9, "later")]


def rows(seed):
    """The rows of `bench/amlgentex_rows.py`, with their patterns."""
    t = pl.read_parquet(IN).filter(pl.col("type") != "INITALBALANCE")
    t = t.with_columns(r=pl.int_range(pl.len()).shuffle(seed=seed)).sort("step", "r")
    t = t.with_columns(id=pl.int_range(pl.len())).filter((pl.col("from_account") >= 0) & (pl.col("to_account") >= 0))
    return t.select("id", "step", "is_sar", "model_type", "pattern_id", key=pl.struct("is_sar", "model_type", "pattern_id"))


def place_name(place):
    return next(name for most, name in PLACES if place <= most)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scores", nargs="+")
    parser.add_argument("--rows-seed", type=int, default=4)
    args = parser.parse_args()
    all_rows = rows(args.rows_seed)
    # Of transfers of one day none comes first: each is as late as the earliest of its day.
    all_rows = all_rows.with_columns(place=pl.col("step").rank("min").over("key"))
    for path in args.scores:
        t = all_rows.join(pl.read_csv(path), on="id")
        sar, benign = t.filter(pl.col("is_sar") == 1), t.filter((pl.col("is_sar") == 0) & pl.col("model_type").is_in(list(BENIGN)))

        def patterns(frame, names):
            of = frame.group_by("key").agg(kind=pl.col("model_type").first(), n=pl.len(), chosen=pl.col("chosen").sum())
            out = {}
            for number, name in names.items():
                part = of.filter(pl.col("kind") == number)
                held = part.filter(2 * pl.col("chosen") >= pl.col("n")).height
                out[name] = {"in_test": part.height, "touched": part.filter(pl.col("chosen") > 0).height, "held": held}
            return out

        recall = {name: round(sar.filter(pl.col("model_type") == number)["chosen"].mean() or 0, 3) for number, name in LAUNDERING.items()}
        by_place = {}
        for (name,), part in sar.with_columns(p=pl.col("place").map_elements(place_name, return_dtype=pl.String)).group_by("p"):
            by_place[name] = {"rows": part.height, "recall": round(part["chosen"].mean(), 3)}
        false = t.filter((pl.col("chosen") == 1) & (pl.col("is_sar") == 0))
        from_benign = {BENIGN.get(kind, "none"): n for kind, n in false.group_by("model_type").len().sort("len", descending=True).iter_rows()}
        print(json.dumps({
            "scores": os.path.basename(path), "chosen": int(t["chosen"].sum()), "true": int(sar["chosen"].sum()), "labelled": sar.height,
            "instances": patterns(sar, LAUNDERING), "recall_by_typology": recall,
            "recall_by_place_in_instance": {name: by_place[name] for _, name in PLACES if name in by_place},
            "benign_patterns": patterns(benign, BENIGN), "false_alarms_from": from_benign,
        }, indent=1))


if __name__ == "__main__":
    main()
