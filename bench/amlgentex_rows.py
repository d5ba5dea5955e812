"""The rows that `crates/rank/examples/amlgentex.rs` reads, from the AMLGentex development set: rows of one day in an order drawn anew.

python bench/amlgentex_rows.py OUT.csv [SEED]     (polars)
"""
import os, sys
import polars as pl

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IN = os.path.join(os.environ.get("TRIBUTARY_DATA", os.path.join(ROOT, "../shared/data")), "transactions/amlgentex_dev.parquet")
OUTSIDE = 4294967295
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 4
t = pl.read_parquet(IN).filter(pl.col("type") != "INITALBALANCE")
t = t.with_columns(r=pl.int_range(pl.len()).shuffle(seed=seed)).sort("step", "r")
account = lambda c: pl.when(pl.col(c) >= 0).then(pl.col(c).cast(pl.Int64) + 2).otherwise(OUTSIDE)
t.select(
    id=pl.int_range(pl.len()),
    time=pl.col("step").cast(pl.Int64) * 86400,
    **{"from": account("from_account"), "to": account("to_account")},
    amount=(pl.col("amount") * 100).round().cast(pl.Int64),
    kind=pl.lit(0),
    label=pl.col("is_sar"),
    instance=pl.col("pattern_id"),
).write_csv(sys.argv[1])
