/** What to type first. */
export const start = `import mlflow

mlflow.set_tracking_uri("$URL")
mlflow.set_experiment("my first experiment")
with mlflow.start_run():
    mlflow.log_param("lr", 0.01)
    mlflow.log_metric("loss", 0.5)`
