import type { Style } from './framework/io.ts'

export interface ListeningFacts {
  readonly url: string
  readonly database: string
  readonly artifacts: string
}

/** What somebody sees who has just started the server: where it is, where the data are, what to type next. */
export function banner({ url, database, artifacts }: ListeningFacts, style: Style): string {
  return [
    '',
    `  ${style.bold('Cairn')} listens on ${style.cyan(url)}`,
    '',
    `  Database   ${database}`,
    `  Artifacts  ${artifacts}`,
    '',
    `  ${style.dim('Next, in Python:')}`,
    '',
    '    import mlflow',
    `    mlflow.set_tracking_uri("${url}")`,
    '    with mlflow.start_run():',
    '        mlflow.log_param("depth", 4)',
    '        mlflow.log_metric("accuracy", 0.93)',
    '',
    `  ${style.dim('or for a program that you have already:')} export MLFLOW_TRACKING_URI=${url}`,
    '',
  ].join('\n')
}
