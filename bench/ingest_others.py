"""Times DuckDB or Polars turning a CSV file of transfers into zstd Parquet: typed columns, one process, all processors."""

import json
import os
import resource
import sys
import time

tool, source, target = sys.argv[1:4]
with open(source, "rb") as file:
    while file.read(1 << 24):
        pass
if tool == "duckdb":
    import duckdb

    version, start = duckdb.__version__, time.perf_counter()
    types = "{'transfer_id':'VARCHAR','at':'TIMESTAMPTZ','from_account':'VARCHAR','to_account':'VARCHAR','amount':'DECIMAL(38,9)','currency':'VARCHAR','channel':'VARCHAR'}"
    connection = duckdb.connect()
    connection.execute(f"COPY (SELECT * FROM read_csv('{source}', columns={types}, header=true)) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
    rows = connection.execute(f"SELECT count(*) FROM '{target}'").fetchone()[0]
else:
    import polars

    version, start = polars.__version__, time.perf_counter()
    frame = polars.scan_csv(source, schema_overrides={"amount": polars.String})
    frame = frame.with_columns(polars.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC"), polars.col("amount").cast(polars.Decimal(38, 9)))
    frame.sink_parquet(target, compression="zstd", compression_level=1)
    rows = polars.scan_parquet(target).select(polars.len()).collect().item()
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "tool": f"{tool} {version}", "rows": rows, "seconds": seconds, "processor_seconds": used.ru_utime + used.ru_stime, "rows_per_second": round(rows / seconds),
    "bytes": os.path.getsize(source), "stored_bytes": os.path.getsize(target),
    "peak_resident_bytes": used.ru_maxrss * 1024,
}))
