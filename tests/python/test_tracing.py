"""Tracing belongs to a later group of endpoints; until then it must not disturb a run."""

import mlflow


def test_a_traced_function_inside_a_run_works_whether_or_not_the_server_takes_traces(experiment):
    @mlflow.trace
    def double(value):
        return 2 * value

    with mlflow.start_run() as run:
        assert double(21) == 42
        mlflow.log_metric("m", 1.0)
        mlflow.flush_trace_async_logging()
    read = mlflow.get_run(run.info.run_id)
    assert read.info.status == "FINISHED" and read.data.metrics == {"m": 1.0}
