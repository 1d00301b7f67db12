import { errorOf, refuses, says, type Difference } from './difference.ts'

export const registryDifferences: readonly Difference[] = [
  {
    id: 'version-names-its-model',
    title: 'A model version names the logged model it was made from',
    mlflow: 'Declares `model_id` in its messages and leaves it out of every answer.',
    cairn: 'Sends `model_id` where a version was registered from a logged model.',
    reason: 'The way from a version to its run, params and metrics should not have to be guessed from the source.',
    explains: (step, mlflow, cairn) => /(?:^|\/)(?:model-versions|registered-models)\//.test(step.path) && mlflow.status === cairn.status
      && JSON.stringify(cairn.body).includes('"model_id":') && JSON.stringify(mlflow.body) === JSON.stringify(cairn.body, (key, value: unknown) => (key === 'model_id' ? undefined : value)),
  },
  {
    id: 'no-server-paths',
    title: 'Messages do not show the server\'s folders',
    mlflow: 'Shows a relative source as the absolute path that it would be on the server.',
    cairn: 'Shows it as it was sent.',
    reason: 'Paths of the server are nobody\'s business.',
    explains: (_step, mlflow, cairn) => mlflow.status === cairn.status && says(mlflow, /'\//) && errorOf(mlflow).message?.replace(/'\/[^']*\//, '\'') === errorOf(cairn).message,
  },
  {
    id: 'webhook-addresses',
    title: 'Webhook addresses are read once, as they will be called',
    mlflow: 'Shows the host as it was typed; takes a port that cannot be.',
    cairn: 'Shows and checks the host that would be called; refuses such a port.',
    reason: 'What is checked must be what is called.',
    explains: (step, mlflow, cairn) => step.path.endsWith('webhooks') && refuses(cairn) && (refuses(mlflow) || /:99999/.test(JSON.stringify(step.json))) && says(cairn, /[Uu][Rr][Ll]/),
  },
]
