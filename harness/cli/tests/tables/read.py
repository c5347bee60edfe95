"""Opens the two forms of one table with DuckDB, and prints the rows of each and the types of their columns as JSON.

Real numbers are printed as hexadecimal floating-point literals, so that every bit is seen.
"""

import json
import sys

import duckdb


def cell(value):
    return value.hex() if isinstance(value, float) else value


def table(source):
    found = duckdb.sql(f"select * from {source} order by key")
    types = dict(zip(found.columns, map(str, found.types)))
    rows = [dict(zip(found.columns, map(cell, row))) for row in found.fetchall()]
    return {"types": types, "rows": rows}


csv, parquet = sys.argv[1:]
meanings = duckdb.sql(f"select decode(key), decode(value) from parquet_kv_metadata('{parquet}')").fetchall()
print(json.dumps({
    "csv": table(f"read_csv('{csv}')"),
    "parquet": table(f"read_parquet('{parquet}')"),
    "meanings": dict(meanings),
}))
