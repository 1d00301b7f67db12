import type { Style } from './framework/io.ts'

export interface ListeningFacts {
  readonly url: string
  readonly database: string
  readonly artifacts: string
  /** Where the first admin of a new server with accounts is made. */
  readonly set_up_url?: string
  /** Whether clients have to sign in. */
  readonly accounts?: boolean
}

/** What somebody sees who has just started the server: where it is, where the data are, what to type next. */
export function banner({ url, database, artifacts, set_up_url, accounts }: ListeningFacts, style: Style): string {
  return [
    '',
    `  ${style.bold('Cairn')} listens on ${style.cyan(url)}`,
    '',
    `  Database   ${database}`,
    `  Artifacts  ${artifacts}`,
    '',
    ...(set_up_url === undefined ? [] : [`  ${style.bold('Nobody has an account yet.')} Make the first admin here, once, within a day:`, `  ${style.cyan(set_up_url)}`, '']),
    `  ${style.dim('Next, in Python:')}`,
    '',
    '    import mlflow',
    `    mlflow.set_tracking_uri("${url}")`,
    '    with mlflow.start_run():',
    '        mlflow.log_param("depth", 4)',
    '        mlflow.log_metric("accuracy", 0.93)',
    '',
    `  ${style.dim('or for a program that you have already:')} export MLFLOW_TRACKING_URI=${url}`,
    ...(accounts === true ? [`  ${style.dim('and who you are:')} export MLFLOW_TRACKING_USERNAME=… MLFLOW_TRACKING_PASSWORD=…`] : []),
    '',
  ].join('\n')
}
