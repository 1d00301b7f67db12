"""Prints the Parquet files of a folder as JSON, as pandas reads them."""

import json
import sys
from pathlib import Path

import pandas

tables = {path.stem: pandas.read_parquet(path) for path in Path(sys.argv[1]).glob("*.parquet")}
print(json.dumps({name: json.loads(table.to_json(orient="records", double_precision=15)) for name, table in tables.items() if name != "metrics"}
                 | {"metrics": [[str(field) for field in row] for row in tables["metrics"].itertuples(index=False)]}))
