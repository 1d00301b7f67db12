"""Writes MLflow stores into a folder, with MLflow's own client and migrations: what `cairn import` must bring."""

import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_ENABLE_ASYNC_LOGGING"] = "false"

import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag
from mlflow.store.db.base_sql_model import Base
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base as InitialBase
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

folder = Path(sys.argv[1]).resolve()
HUGE = 2**53 + 12345


def write(uri):
    """One of everything that can be awkward."""
    client = MlflowClient(uri)
    churn = client.create_experiment("churn", tags={"mlflow.note.content": "Wer geht?\nWer bleibt?", "team": "crm"})
    run = client.create_run(churn, start_time=1600000000000, run_name="first", tags={"a/b": "x", "long": "ä" * 3000})
    run_id = run.info.run_id
    points = [Metric("loss", 1 / (i + 1), 1600000000000 + i * 1000, i) for i in range(1500)]
    points += [Metric("val/auc", value, 1600000000000 + i, 7) for i, value in enumerate([0.5, float("nan"), float("inf"), float("-inf"), -0.0])]
    points += [Metric("late", i, 1600000000000, -i) for i in range(3)] + [Metric("huge", 1.5, HUGE, HUGE)]
    for at in range(0, len(points), 1000):
        client.log_batch(run_id, metrics=points[at : at + 1000])
    client.log_batch(run_id, params=[Param("lr", "0.1"), Param("text", "p" * 5000), Param("empty", "")])
    dataset = Dataset("telco", "abc123", "local", '{"uri": "x.csv"}', '{"columns": []}', '{"rows": 3}')
    model = client.create_logged_model(churn, "net", run_id, tags={"kind": "test"}, params={"depth": "3"}, model_type="Agent")
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])], [LoggedModelInput(model.model_id)])
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 4)])
    client.log_batch(run_id, metrics=[Metric("acc", 0.75, 1600000001000, 2, model.model_id, "telco", "abc123", run_id)])
    client.finalize_logged_model(model.model_id, "READY")
    with tempfile.TemporaryDirectory() as temp:
        (Path(temp) / "weights.bin").write_bytes(bytes(range(256)) * 40)
        (Path(temp) / "notes ü.txt").write_text("hello")
        client.log_artifacts(run_id, temp, "model/data")
        client.log_model_artifacts(model.model_id, temp)
    client.set_terminated(run_id, "FAILED", end_time=1600000005000)
    client.create_run(churn, run_name="still running")
    client.delete_run(client.create_run(churn, run_name="deleted run").info.run_id)
    gone = client.create_experiment("gone")
    client.log_metric(client.create_run(gone).info.run_id, "m", 1)
    client.delete_experiment(gone)

    client.create_registered_model("churn model", tags={"owner": "crm"}, description="Who leaves?")
    source = client.get_run(run_id).info.artifact_uri
    client.create_model_version("churn model", f"runs:/{run_id}/model", run_id, tags={"by": "test"}, description="first")
    client.create_model_version("churn model", f"{source}/model", run_id)
    client.create_model_version("churn model", f"models:/{model.model_id}")
    client.create_model_version("churn model", f"runs:/{run_id}/model", run_id)
    client.delete_model_version("churn model", "4")
    client.transition_model_version_stage("churn model", "1", "Production")
    client.set_registered_model_alias("churn model", "champion", 2)
    client.register_prompt("greeting", "Hello {{name}}", tags={"tone": "kind"})


def upgrade(path, revision):
    """To a schema of MLflow, by MLflow's own migrations; from nothing too."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    InitialBase.metadata.create_all(engine)
    with engine.begin() as connection:
        config = _get_alembic_config(f"sqlite:///{path}")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def old_schema(path, revision):
    """A database as an MLflow of that schema left it. The rows are ours: that MLflow cannot be installed any more."""
    upgrade(path, revision)
    fill(path)


def schemas(target, every):
    """A database as it was after MLflow's migrations since 1.0 (each, or one of so many), with rows from before the first."""
    path = target / "now.db"
    scripts = list(reversed(list(ScriptDirectory.from_config(_get_alembic_config(f"sqlite:///{path}")).walk_revisions())))
    for number, script in enumerate(scripts):
        with_registry = script.revision == "2b4d017a5e9b"
        if number % every != 0 and not with_registry and script is not scripts[-1]:
            continue
        upgrade(path, script.revision)
        if number == 0:
            fill(path, registry=False)
        if with_registry:
            fill(path, tracking=False)
        shutil.copy(path, target / f"{number:02d}-{script.revision}.db")
    path.unlink()


def fill(path, tracking=True, registry=True):
    db = sqlite3.connect(path)
    columns = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}

    def insert(table, **values):
        values = {name: value for name, value in values.items() if name in columns[table]}
        db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values()))

    if tracking:
        fill_runs(path, insert)
    if registry:
        insert("registered_models", name="old", creation_time=1, last_updated_time=2, description="")
        insert("model_versions", name="old", version=1, creation_time=1, last_updated_time=1, description="", user_id="", current_stage="Staging", source=f"./mlruns/0/{'a' * 32}/artifacts", run_id="a" * 32, status="READY", status_message="")
    db.commit()
    db.close()


def fill_runs(path, insert):
    (path.parent / "mlruns" / "0" / ("a" * 32) / "artifacts").mkdir(parents=True)
    (path.parent / "mlruns" / "0" / ("a" * 32) / "artifacts" / "old.txt").write_text("old")
    insert("experiments", experiment_id=0, name="Default", artifact_location="./mlruns/0", lifecycle_stage="active", creation_time=5, last_update_time=6)
    for number, stage in (("a", "active"), ("b", "deleted")):
        run = number * 32
        insert("runs", run_uuid=run, name="", source_type="LOCAL", source_name="", entry_point_name="", user_id="ann", status="FINISHED", start_time=1500000000000,
               end_time=1500000001000, source_version="", lifecycle_stage=stage, artifact_uri=f"./mlruns/0/{run}/artifacts", experiment_id=0)
        insert("tags", key="mlflow.runName", value=f"run {number}", run_uuid=run)
        insert("params", key="lr", value="1", run_uuid=run)
        for step in range(3):
            insert("metrics", key="loss", value=0.0 if step == 2 else 1.5 - step, timestamp=1500000000000 + step, run_uuid=run, step=step, is_nan=step == 2)


def postgres_dump(sqlite_path, target):
    """MLflow's tables as it makes them in PostgreSQL, and the rows of an SQLite store of it: no driver is needed for either."""
    db = sqlite3.connect(sqlite_path)
    tables = []
    for table in Base.metadata.sorted_tables:
        names = [column.name for column in table.columns]
        booleans = [column.name for column in table.columns if isinstance(column.type, sqlalchemy.Boolean)]
        rows = db.execute(f"SELECT {', '.join(names)} FROM {table.name}").fetchall()
        rows = [[bool(value) if name in booleans and value is not None else str(value) if isinstance(value, int) and abs(value) > 2**53 else value for name, value in zip(names, row)] for row in rows]
        if all(not isinstance(value, bytes) for row in rows for value in row):
            create = str(CreateTable(table, include_foreign_key_constraints=[]).compile(dialect=postgresql.dialect()))
            # Some of its checks have the same name twice, which its migrations put right.
            create = re.sub(r",(?=\s*\)\s*$)", "", "\n".join(line for line in create.splitlines() if " CHECK (" not in line))
            tables.append({"create": create, "name": table.name, "columns": names, "rows": rows})
    tables.append({"create": "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)", "name": "alembic_version", "columns": ["version_num"],
                   "rows": db.execute("SELECT version_num FROM alembic_version").fetchall()})
    target.write_text(json.dumps(tables))


ONLY_SQL = len(sys.argv) > 2
for name in ("sql",) if ONLY_SQL else ("sql", "files"):
    (folder / name).mkdir(parents=True)
    os.chdir(folder / name)
    write(f"sqlite:///{folder}/sql/mlflow.db" if name == "sql" else (folder / "files" / "mlruns").as_uri())
for name, revision in () if ONLY_SQL else (("mlflow-1.4", "2b4d017a5e9b"), ("mlflow-1.29", "97727af70f4d")):
    (folder / name).mkdir()
    old_schema(folder / name / "mlflow.db", revision)
if not ONLY_SQL:
    (folder / "schemas").mkdir()
    schemas(folder / "schemas", 1 if "CAIRN_SOAK" in os.environ else 9)
postgres_dump(folder / "sql" / "mlflow.db", folder / "postgres.json")
