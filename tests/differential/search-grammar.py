"""Says what MLflow makes of a filter or of an order_by.

Reads JSON lines {"entity": "run", "filter": "…"} or {"entity": "run", "order_by": […]} and answers
each with {"ok": […]} or {"error": "message", "code": "…"}; what is not an MlflowException has the
code "CRASH" (the server answers 500). Both the parser and what the store checks afterwards run,
without a database. Sets are printed sorted, for Python's order is random.
"""

import json
import sys

from sqlalchemy.orm import Session

from mlflow.exceptions import MlflowException
from mlflow.store.db.db_types import SQLITE
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking import sqlalchemy_store as tracking
from mlflow.utils import search_utils
from mlflow.utils.search_logged_model_utils import EntityType, parse_filter_string


class SortedSet(set):
    def __repr__(self):
        return "{" + ", ".join(map(repr, sorted(self))) + "}"


for cls in vars(search_utils).values():
    if isinstance(cls, type):
        for name, value in list(vars(cls).items()):
            if isinstance(value, set) and all(isinstance(item, str) for item in value):
                setattr(cls, name, SortedSet(value))


class Registry(RegistryStore):
    def __init__(self):
        pass

    def _get_workspace_clauses(self, model):
        return []


session = Session()
registry = Registry()
aliases = {"created": "start_time", "Created": "start_time"}
aliases.update({name: "run_name" for name in ("run name", "Run name", "Run Name")})


def clause(f, aliases={}):
    value = f["value"]
    if f["type"] == "metric":
        value = float(value)
    key = aliases.get(f["key"], f["key"])
    kind = "param" if f["type"] == "parameter" else f["type"]
    return {"type": kind, "key": key, "op": f["comparator"].upper(), "value": list(value) if isinstance(value, tuple) else value}


def order(kind, key, ascending, aliases={}):
    kind = "param" if kind == "parameter" else kind
    return {"type": kind, "key": aliases.get(key, key), "ascending": ascending}


def run_filter(text):
    parsed = search_utils.SearchUtils.parse_search_filter(text)
    tracking._get_sqlalchemy_filter_clauses(parsed, session, SQLITE)
    # The store translates keys of any kind.
    return [clause(f, aliases) for f in parsed]


def run_order(items):
    tracking._get_orderby_clauses(items, session)
    return [order(*search_utils.SearchUtils.parse_order_by_for_search_runs(item), aliases) for item in items]


def experiment_filter(text):
    parsed = search_utils.SearchExperimentsUtils.parse_search_filter(text)
    tracking._get_search_experiments_filter_clauses(parsed, SQLITE)
    answer = [clause(f) for f in parsed]
    for c in answer:
        if c["key"] == "experiment_id" and c["type"] == "attribute":
            value = c["value"]
            c["value"] = [str(int(v)) for v in value] if isinstance(value, list) else str(int(value))
    return answer


def experiment_order(items):
    tracking._get_search_experiments_order_by_clauses(items)
    parse = search_utils.SearchExperimentsUtils.parse_order_by_for_search_experiments
    return [order(*parse(item)) for item in items]


def registered_model_filter(text):
    parsed = search_utils.SearchModelUtils.parse_search_filter(text)
    registry._get_search_registered_model_filter_query(session, parsed, SQLITE)
    return [clause(f) for f in parsed]


def registered_model_order(items):
    Registry._parse_search_registered_models_order_by(items)
    parse = search_utils.SearchUtils.parse_order_by_for_search_registered_models
    answer = []
    for key, ascending in map(parse, items):
        answer.append(order("attribute", "last_updated_timestamp" if key == "timestamp" else key, ascending))
    return answer


def model_version_filter(text):
    parsed = search_utils.SearchModelVersionUtils.parse_search_filter(text)
    registry._get_search_model_versions_filter_clauses(parsed, SQLITE)
    answer = [clause(f) for f in parsed]
    for c in answer:
        if c["key"] == "version_number" and c["type"] == "attribute":
            c["value"] = int(c["value"])
    return answer


def model_version_order(items):
    Registry._parse_search_model_versions_order_by(items)
    parse = search_utils.SearchModelVersionUtils.parse_order_by_for_search_model_versions
    return [order("attribute", *parse(item)[1:]) for item in items]


def logged_model_filter(text):
    answer = []
    for comparison in parse_filter_string(text):
        kind, key = comparison.entity.type, comparison.entity.key
        if kind == EntityType.ATTRIBUTE:
            # Anything else the class has, such as a relationship, cannot be compared with text.
            tracking.SqlLoggedModel.__table__.columns[key]
            key = key.removesuffix("_ms")
        value = comparison.value
        if isinstance(value, tuple):
            value = list(map(str, value))
        kind = {"attributes": "attribute", "metrics": "metric", "params": "param", "tags": "tag"}[kind.value]
        answer.append({"type": kind, "key": key, "op": comparison.op, "value": value})
    return answer


def logged_model_order(items):
    store = tracking.SqlAlchemyStore
    store._apply_order_by_search_logged_models(None, session.query(tracking.SqlLoggedModel), session, items)
    answer = []
    for item in items:
        name = item.get("field_name")
        ascending = item.get("ascending", True)
        if "." in name:
            entry = {"type": "metric", "key": name.split(".", 1)[1], "ascending": ascending}
            entry.update({k: item[k] for k in ("dataset_name", "dataset_digest") if item.get(k)})
        else:
            key = tracking.SqlLoggedModel.ALIASES.get(name, name).removesuffix("_ms")
            entry = {"type": "attribute", "key": key, "ascending": ascending}
        answer.append(entry)
    return answer


for line in sys.stdin:
    case = json.loads(line)
    kind = "filter" if "filter" in case else "order"
    try:
        answer = {"ok": globals()[f"{case['entity']}_{kind}"](case.get("filter", case.get("order_by")))}
    except MlflowException as error:
        answer = {"error": error.message, "code": error.error_code}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}", "code": "CRASH"}
    # JSON has no infinities.
    print(json.dumps(answer).replace(": Infinity", ": 1e999").replace(": -Infinity", ": -1e999").replace(": NaN", ": null"))
