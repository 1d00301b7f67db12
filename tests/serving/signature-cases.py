"""Answers random inputs for random signatures with MLflow's own enforcement: signature-cases.py SEED COUNT.

Prints a JSON list of cases. `frame` cases go through `_enforce_schema`, `body` cases also through the
scoring server's reading of JSON, `params` cases through `_enforce_params_schema`, `tensor` cases through
`_enforce_tensor_spec`. Each has `answer` or `error`.
"""

import json
import logging
import sys
import warnings

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models.utils import _enforce_params_schema, _enforce_schema, _enforce_tensor_spec
from mlflow.pyfunc.scoring_server import infer_and_parse_data
from mlflow.types.schema import ParamSchema, Schema, TensorSpec

warnings.filterwarnings("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)
random = np.random.default_rng(int(sys.argv[1]))
COUNT = int(sys.argv[2])
TYPES = ["boolean", "integer", "long", "float", "double", "string", "binary", "datetime"]
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "object", "str"]


def pick(options):
    return options[int(random.integers(len(options)))]


def chance(share):
    return random.random() < share


def column_spec(name, types=TYPES):
    spec = {"type": pick(types)}
    if name is not None:
        spec["name"] = name
    spec["required"] = not chance(0.2) if name is not None else True
    return spec


def nested(depth=2):
    kind = pick(["scalar", "scalar", "array", "object", "map", "any"]) if depth else "scalar"
    if kind == "array":
        return {"type": "array", "items": nested(depth - 1)}
    if kind == "map":
        return {"type": "map", "values": nested(depth - 1)}
    if kind == "any":
        return {"type": "any"}
    if kind == "object":
        return {"type": "object", "properties": {k: nested(depth - 1) | {"required": not chance(0.3)} for k in ["p", "q"][: int(random.integers(1, 3))]}}
    return {"type": pick(["boolean", "long", "double", "string"])}


def value_of(dtype):
    if dtype == "bool":
        return bool(chance(0.5))
    if dtype.startswith("uint"):
        return int(random.integers(0, 100))
    if dtype.startswith("int"):
        return int(pick([0, 1, 1, 0, int(random.integers(-100, 100))]))
    if dtype.startswith("float"):
        return pick([0.0, 1.0, 2.5, float("nan"), float(np.round(random.normal(), 2)), 7.0])
    if dtype == "str":
        return pick(["a", "", "1", "2.5", "ü", None])
    return pick([None, 1, 2.5, "a", True, None])


def values_of(dtype, rows):
    if chance(0.3):
        one = value_of(dtype)
        return [one] * rows
    return [value_of(dtype) for _ in range(rows)]


def without_nan(value):
    """JSON has no NaN, and the other side reads null in its place."""
    if isinstance(value, dict):
        return {k: without_nan(one) for k, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    return None if isinstance(value, (float, np.floating)) and not np.isfinite(value) else value


def plain(value):
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return str(value.value)
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[ns]").astype(int))
    if isinstance(value, (np.generic,)):
        return plain(value.item())
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, np.ndarray):
        return [plain(one) for one in value.tolist()]
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {k: plain(one) for k, one in value.items()}
    return value


def frame_answer(frame):
    return [{"name": str(name), "dtype": str(frame[name].dtype), "values": [plain(v) for v in frame[name]]} for name in frame.columns]


def outcome(work):
    try:
        return {"answer": work()}
    except MlflowException as error:
        return {"error": error.message}
    except Exception as error:
        return {"crash": repr(error)}


def schema_of(specs):
    return Schema.from_json(json.dumps(specs))


def frame_case():
    names = ["a", "b", "c d", "ü"][: int(random.integers(1, 5))]
    specs = [column_spec(None if chance(0) else name) for name in names]
    if chance(0.2):
        specs = [{k: v for k, v in spec.items() if k != "name"} | {"required": True} for spec in specs]
    rows = int(random.integers(1, 4))
    given = [name for name in names if not chance(0.08)] + (["extra"] if chance(0.2) else [])
    natural = dict(zip(["boolean", "integer", "long", "float", "double", "string", "binary"], ["bool", "int32", "int64", "float32", "float64", "str", "object"]))
    columns = []
    for name in given:
        spec = next((spec for spec in specs if spec.get("name") == name), None)
        dtype = natural.get(spec["type"], "object") if spec and chance(0.5) else pick(DTYPES)
        columns.append({"name": name, "dtype": dtype, "values": values_of(dtype, rows)})
    frame = pd.DataFrame({c["name"]: pd.Series(c["values"], dtype=c["dtype"]) for c in columns})
    for c in columns:
        c["dtype"] = str(frame[c["name"]].dtype)
        c["values"] = [None if v is None or v != v else v for v in c["values"]]
    return {"kind": "frame", "specs": specs, "columns": columns, **outcome(lambda: frame_answer(_enforce_schema(frame, schema_of(specs))))}


def json_value(kind):
    if kind == "boolean":
        return pick([True, False, True, False, 1, 0, None])
    if kind in ("integer", "long"):
        return pick([0, 1, 7, -3, 2**40, 5, 6, 2.5, None, "4", "x"]) if chance(0.3) else int(random.integers(-9, 9))
    if kind in ("float", "double"):
        return pick([0.5, 1e300, None, 3, "2.5", "nan", "x", -0.1, True]) if chance(0.3) else float(np.round(random.normal(), 3))
    if kind == "string":
        return pick(["a", "b", "", None, "ü"]) if chance(0.9) else pick([1, True, 2.5])
    if kind == "binary":
        return pick(["YWJj", "", "YQ==", "YWI="])
    if kind == "datetime":
        return pick(["2026-11-25", "2026-11-25T08:30:00", "1999-12-31 23:59:59"])
    return pick([1, "a", None, [1, 2], {"p": 1}, {"p": 1, "q": "a"}, [], {}, 2.5, True, [1.5], ["a"], {"p": None}, [[1]], {"k": [1]}])


def body_case():
    names = ["a", "b", "c"][: int(random.integers(1, 4))]
    deep = chance(0.15)
    specs = [({"name": name, "required": not chance(0.2)} | nested()) if deep else column_spec(name) for name in names]
    rows = int(random.integers(1, 4))
    given = [name for name in names if not chance(0.05)] + (["extra"] if chance(0.1) else [])
    kinds = {spec["name"]: spec["type"] for spec in specs}
    records = [{name: json_value(kinds.get(name, "long")) for name in given} for _ in range(rows)]
    form = pick(["split", "records"])
    if form == "split":
        data = {"dataframe_split": {"columns": given, "data": [[record[name] for name in given] for record in records]}}
    else:
        for record in records:
            if chance(0.05) and len(record) > 1:
                record.pop(next(iter(record)))
        data = {"dataframe_records": records}
    body = json.dumps(data)

    def work():
        schema = schema_of(specs)
        return frame_answer(_enforce_schema(infer_and_parse_data(json.loads(body), schema), schema))

    return {"kind": "body", "specs": specs, "body": body, **outcome(work)}


def params_case():
    specs = []
    for name in ["p", "q", "r"][: int(random.integers(1, 4))]:
        kind = pick(["boolean", "integer", "long", "float", "double", "string"])
        default = {"boolean": True, "integer": 3, "long": 4, "float": 0.5, "double": 1.5, "string": "s"}[kind]
        many = chance(0.25)
        specs.append({"name": name, "type": kind, "default": [default] if many else default, "shape": [-1] if many else None})
    one = lambda: pick([1, 0, 2.5, "a", True, None, 3.0, [1, 2], [1.5], ["x"], {"z": 1}, [], [[1]]])
    params = {name: one() for name in ["p", "q", "r", "other"] if chance(0.6)}
    if chance(0.05):
        params = pick([[], 3, "x", [1]])
    body = json.dumps({"params": params})
    schema = ParamSchema.from_json(json.dumps(specs))
    return {"kind": "params", "specs": json.loads(schema.to_json()), "body": body, **outcome(lambda: plain(_enforce_params_schema(json.loads(body)["params"], schema)))}


def tensor_case():
    shape = [pick([-1, 1, 2, 3]) for _ in range(int(random.integers(1, 4)))]
    given = [length if length > 0 and chance(0.8) else int(random.integers(1, 4)) for length in shape]
    if chance(0.15):
        given = given[:-1] or [2, 2]
    dtype = pick(["float32", "float64", "int64", "bool"])
    array = np.zeros(given, dtype=dtype if chance(0.7) else "float64")
    spec = TensorSpec(np.dtype(dtype), shape)
    return {
        "kind": "tensor", "spec": spec.to_dict(), "dtype": str(array.dtype), "shape": list(array.shape),
        **outcome(lambda: bool(_enforce_tensor_spec(array, spec) is not None)),
    }


def cell_of(dtype):
    plain_value = {"bool": True, "str": "a"}.get(dtype, 2 if "int" in dtype else 0.5)
    odd = {"bool": [False, 0, 1, None, 2.5], "str": ["", "ü", 1, 2.5, True, None]}.get(dtype, [0, 1, -1, "3", "x", 2.7, True, None, 300, 2**40] if "int" in dtype else [1, "2.5", "nan", "x", None, True, -0.1, 1e300])
    return plain_value if chance(0.8) else pick(odd)


def nested_cells(shape, dtype):
    if not shape:
        return cell_of(dtype)
    length = shape[0] if not chance(0.02) else shape[0] + 1
    return [nested_cells(shape[1:], dtype) for _ in range(length)]


def tensor_body_case():
    many = int(random.integers(1, 3))
    named = many > 1 or chance(0.5)
    specs = []
    for name in ["x", "y"][:many]:
        dtype = pick(["float32", "float64", "int64", "int32", "uint8", "bool", "str"])
        shape = [-1 if chance(0.9) else 2] + [pick([1, 2, 3, -1]) for _ in range(int(random.integers(0, 3)))]
        specs.append(TensorSpec(np.dtype(dtype), shape, name if named else None))
    rows = int(random.integers(1, 3))
    kinds = {spec.name or "x": (str(np.dtype(spec.type)) if spec.type.kind != "U" else "str", spec.shape) for spec in specs}
    shape_of = lambda shape: [rows if length == -1 else length for length in ([shape[0]] if shape else []) + [1 if length == -1 else length for length in shape[1:]]][: None if chance(0.9) else -1]
    data = {name: nested_cells(shape_of(shape), dtype) for name, (dtype, shape) in kinds.items() if not chance(0.05)}
    if chance(0.1):
        data["more"] = [1, 2]
    first = next(iter(data.values()), [])
    form = pick(["inputs", "inputs", "instances", "list", "records", "split"])
    if form == "list" or (not named and form in ("inputs", "instances") and chance(0.8)):
        body = {pick(["inputs", "instances"]): first}
    elif form == "inputs":
        body = {"inputs": data}
    elif form == "instances":
        count = min([len(value) for value in data.values() if isinstance(value, list)] or [0])
        body = {"instances": [{name: value[at] for name, value in data.items() if isinstance(value, list)} for at in range(count)]}
    else:
        flat = lambda value: value if not isinstance(value, list) else [one for part in value for one in (flat(part) if isinstance(part, list) else [part])]
        # What numpy makes of lists of numbers with texts among them depends on each list's other members.
        alike = lambda name, cells: [2 if isinstance(cell, str) and kinds.get(name, ("str",))[0] != "str" else cell for cell in cells] if isinstance(cells, list) else cells
        table = {name: [alike(name, flat(row)) for row in value] for name, value in data.items() if isinstance(value, list)}
        count = min([len(value) for value in table.values()] or [0])
        names = list(table)
        body = {"dataframe_records": [{name: table[name][at] for name in names} for at in range(count)]} if form == "records" else {"dataframe_split": {"columns": names, "data": [[table[name][at] for name in names] for at in range(count)]}}
    text = json.dumps(body)

    def work():
        schema = Schema(specs)
        enforced = _enforce_schema(infer_and_parse_data(json.loads(text), schema), schema)
        arrays = [enforced[spec.name] for spec in specs] if isinstance(enforced, dict) else [enforced]
        return [{"shape": list(array.shape), "values": [plain(value) for value in array.reshape(-1).tolist()]} for array in arrays]

    return {"kind": "tensors", "specs": [spec.to_dict() for spec in specs], "body": text, **outcome(work)}


cases = [pick([frame_case, frame_case, body_case, body_case, params_case, tensor_case])() for _ in range(COUNT)]
print(json.dumps(without_nan(cases + [tensor_body_case() for _ in range(COUNT // 10)])))
