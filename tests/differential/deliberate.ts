import { isDeepStrictEqual } from 'node:util'
import type { Plain } from './normalise.ts'
import type { Step } from './story.ts'

/**
 * Where Cairn answers otherwise than MLflow on purpose. `docs/differences.md` is written from this
 * table; a difference that no row explains fails the test, and so does a row that explains none.
 */
export interface Difference {
  readonly id: string
  readonly title: string
  /** What MLflow does. */
  readonly mlflow: string
  /** What Cairn does. */
  readonly cairn: string
  readonly reason: string
  readonly explains: (step: Step, mlflow: Plain, cairn: Plain) => boolean
  /** Set where no request of the corpus can show it, with why. */
  readonly notShown?: string
}

interface ErrorBody { readonly error_code?: string; readonly message?: string }

const errorOf = (answer: Plain): ErrorBody => (typeof answer.body === 'object' && answer.body !== null ? answer.body : {})
const refuses = (answer: Plain, code = 'INVALID_PARAMETER_VALUE') => answer.status === 400 && errorOf(answer).error_code === code
const says = (answer: Plain, text: string | RegExp) =>
  typeof text === 'string' ? (errorOf(answer).message ?? '').includes(text) : text.test(errorOf(answer).message ?? '')
const noted = (step: Step, note: string) => step.note?.startsWith(note) ?? false
const is4xx = (answer: Plain) => answer.status >= 400 && answer.status < 500
const isJsonError = (answer: Plain) => typeof errorOf(answer).error_code === 'string'
/** The files of a listing as text, whatever the form of their paths; undefined for other answers. */
function listing(answer: Plain): string | undefined {
  const { files } = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as { files?: { path: string; is_dir: boolean; file_size?: number }[] }
  if (answer.status !== 200 || files === undefined) return undefined
  return JSON.stringify(files.map(({ path, is_dir, file_size = 0 }) => [path.split('/').filter(part => part !== '' && part !== '.').join('/'), is_dir, file_size]))
}
/** The answer to runs/create without outputs and without values that are cut at 8000 characters. */
function withoutLong({ body }: Plain): unknown {
  const { run: { outputs: _, ...run } } = body as { run: Record<string, unknown> }
  return JSON.parse(JSON.stringify(run), (_key, value: unknown) => (typeof value === 'string' && value.length >= 8000 ? 'long' : value))
}
const without = (value: unknown, name: string): unknown =>
  JSON.parse(JSON.stringify(value), function (this: unknown, key: string, item: unknown) { return key === name ? undefined : item })
const rawDatabaseText = /\(sqlite3\.|\[SQL: |Error: \(|raised as a result of Query-invoked|no_autoflush/

export const deliberate: readonly Difference[] = [
  {
    id: 'wrong-type',
    title: 'A field of the wrong type is refused',
    mlflow: 'Reads fields in order and stops at the first of a wrong type: that field and those after it are silently dropped, and the call may succeed.',
    cairn: 'Always 400 INVALID_PARAMETER_VALUE, in MLflow\'s words for a wrong type, naming the field; nothing is changed.',
    reason: 'A value that was sent and not stored is lost data. MLflow itself answers so for the fields that it checks.',
    // MLflow may complain of a later field, or of one that it dropped; where it names the same field, the words must agree.
    explains: (step, mlflow, cairn) => noted(step, 'wrong type') && refuses(cairn) && says(cairn, /^(Invalid value .* for parameter|Missing value for required parameter)/s)
      && !says(mlflow, new RegExp(`^Invalid value .* for parameter '${/^wrong type: (\w+)/.exec(step.note!)?.[1]}' .* Hint: Value was of type`, 's')),
  },
  {
    id: 'text-well-formed',
    title: 'Text must be well-formed',
    mlflow: 'Takes NUL characters and lone surrogates in text, stores them or fails with a 500.',
    cairn: '400 INVALID_PARAMETER_VALUE.',
    reason: 'PostgreSQL cannot store NUL, UTF-8 cannot carry a lone surrogate: what cannot be given back unchanged is refused.',
    explains: (step, _mlflow, cairn) => noted(step, 'ill-formed text') && (refuses(cairn) || cairn.status === 404),
  },
  {
    id: 'no-database-text',
    title: 'No database text in messages',
    mlflow: 'Shows raw database errors, SQL included, as 400 BAD_REQUEST or 500.',
    cairn: 'The same condition as a 4xx in plain words, or MLflow\'s own message without the database\'s part.',
    reason: 'Clients cannot act on SQL, and it tells a stranger about the server. Clients retry a 5xx for minutes.',
    explains: (_step, mlflow, cairn) => mlflow.status >= 400 && rawDatabaseText.test(errorOf(mlflow).message ?? '') && is4xx(cairn) && isJsonError(cairn)
      && !rawDatabaseText.test(errorOf(cairn).message ?? ''),
  },
  {
    id: 'no-500-for-bad-input',
    title: 'Bad input is never a 500',
    mlflow: 'Answers some bad input with 500: an HTML page, or INTERNAL_ERROR in JSON.',
    cairn: 'A 4xx in MLflow\'s error format.',
    reason: 'A 500 makes MLflow\'s clients retry for minutes what can never succeed.',
    explains: (_step, mlflow, cairn) => mlflow.status === 500 && errorOf(mlflow).error_code !== 'INVALID_STATE' && is4xx(cairn) && isJsonError(cairn),
  },
  {
    id: 'json-errors-for-routes',
    title: 'Unknown routes and wrong methods answer JSON',
    mlflow: 'Answers an unknown route or a wrong method with an HTML page.',
    cairn: 'The same status with MLflow\'s JSON error body.',
    reason: 'Programs read these answers.',
    explains: (_step, mlflow, cairn) => mlflow.status === cairn.status && (mlflow.status === 404 || mlflow.status === 405) && !isJsonError(mlflow) && isJsonError(cairn),
  },
  {
    id: 'both-versions',
    title: 'Every route under both versions',
    mlflow: 'Serves each route under the one version (2.0 or 3.0) that introduced it, `search-datasets` under `/ajax-api` alone.',
    cairn: 'Serves every route under 2.0 and 3.0, `/api` and `/ajax-api`.',
    reason: 'No client has to know which release brought a route.',
    explains: (step, mlflow, cairn) => noted(step, 'other prefix') && mlflow.status === 404 && cairn.status !== 404,
  },
  {
    id: 'old-names-everywhere',
    title: 'camelCase names and run_uuid are understood everywhere',
    mlflow: 'Understands camelCase names, and `run_uuid` for `run_id`, for optional fields and some required ones.',
    cairn: 'Understands them for every field of every route.',
    reason: 'One rule for all routes.',
    explains: (step, mlflow, cairn) => /"[a-z]+[A-Z]\w+":|[?&][a-z]+[A-Z]\w+=|run_uuid/.test(`${step.path} ${JSON.stringify([step.json, step.query])}`) && is4xx(mlflow) && cairn.status === 200,
  },
  {
    id: 'repeating-is-harmless',
    title: 'Saying something twice is harmless',
    mlflow: 'Answers a link between run and model that is there already, or an event given twice to a webhook, with a raw database error.',
    cairn: '200; the first one stays.',
    reason: 'A client that repeats a request after a lost answer must not fail.',
    explains: (step, mlflow, cairn) => /runs\/outputs|webhooks/.test(step.path) && says(mlflow, 'UNIQUE constraint') && cairn.status === 200,
  },
  {
    id: 'database-limits',
    title: 'No limits of the database',
    mlflow: 'Fails where its database does: numbers over 64 bits, more than 64 clauses.',
    cairn: 'Answers what was asked.',
    reason: 'The limit is not the question\'s.',
    explains: (_step, mlflow, cairn) => says(mlflow, /at most 64 tables|too large to convert to SQLite/) && cairn.status === 200,
  },
  {
    id: 'page-tokens',
    title: 'Page tokens are the server\'s own',
    mlflow: 'Takes any base64 of a JSON object with an offset.',
    cairn: 'Takes the tokens that it gave; they continue after the last row instead of counting from the first. Others are 400 in MLflow\'s words.',
    reason: 'Pages stay whole while rows are added, and the tenth page costs what the first does.',
    explains: (step, _mlflow, cairn) => noted(step, 'page token') && refuses(cairn),
  },
  {
    id: 'log-model-history',
    title: 'Old clients\' model descriptions are kept as sent',
    mlflow: 'Rewrites the JSON of `runs/log-model` before it is kept in the tag `mlflow.log-model.history`.',
    cairn: 'Keeps it as it came.',
    reason: 'Readers parse it; nothing is lost.',
    explains: (step, mlflow, cairn) => noted(step, 'log-model history') && mlflow.status === 200 && cairn.status === 200,
  },
  {
    id: 'limits-on-every-way',
    title: 'Key and value limits hold on every way in',
    mlflow: 'Does not check keys of tags and params that come with a new run, experiment or logged model.',
    cairn: 'Checks their length there as everywhere.',
    reason: 'A key that cannot be set later cannot be there from the start.',
    explains: (step, mlflow, cairn) => /\/create$|^logged-models$/.test(step.path) && mlflow.status === 200 && refuses(cairn) && says(cairn, 'exceeds the maximum length'),
  },
  {
    id: 'id-in-path',
    title: 'An id in the path is enough',
    mlflow: 'Wants the `model_id` of the path in the body as well, and takes that one.',
    cairn: 'Takes the path\'s.',
    reason: 'It is said already.',
    explains: (step, mlflow, cairn) => /\/<model>/.test(step.path) && is4xx(mlflow) && says(mlflow, /model_id|Logged model with ID/)
      && (cairn.status === 200 || says(cairn, /Logged model with ID|Changing param values/)),
  },
  {
    id: 'model-status',
    title: 'Logged models are found by status',
    mlflow: 'Compares `status` with a number that it keeps: `status = \'READY\'` finds nothing.',
    cairn: 'Compares the name: `READY` or `LOGGED_MODEL_READY`.',
    reason: 'It is what was asked.',
    explains: (step, mlflow, cairn) => noted(step, 'model status') && mlflow.status === 200 && cairn.status === 200,
  },
  {
    id: 'dataset-without-digest',
    title: 'A dataset is named without its digest',
    mlflow: 'Takes a missing `dataset_digest` in a search for logged models as "" and finds nothing.',
    cairn: 'Any digest.',
    reason: 'It is what MLflow\'s documentation says.',
    explains: (step, mlflow, cairn) => noted(step, 'dataset without digest') && mlflow.status === 200 && cairn.status === 200,
  },
  {
    id: 'error-class',
    title: 'Fewer error classes',
    mlflow: 'Sends finer `error_class` and `sqlstate` beside some error codes.',
    cairn: 'One for each error code.',
    reason: 'No client reads them.',
    explains: (_step, mlflow, cairn) => mlflow.status === cairn.status && says(mlflow, /./) && errorOf(mlflow).message === errorOf(cairn).message && errorOf(mlflow).error_code === errorOf(cairn).error_code,
  },
  {
    id: 'max-results-positive',
    title: 'max_results is positive everywhere',
    mlflow: 'Answers a negative `max_results` of some searches with an empty page and a token.',
    cairn: '400 INVALID_PARAMETER_VALUE as the other searches, or an empty last page.',
    reason: 'A client that follows the token never ends.',
    explains: (step, mlflow, cairn) => /"max_results":"?(-1|0)\b/.test(JSON.stringify([step.json, step.query])) && mlflow.status === 200 && (refuses(cairn) || cairn.status === 200),
  },
  {
    id: 'head',
    title: 'HEAD answers as GET',
    mlflow: 'Misses the parameters of a HEAD request.',
    cairn: 'Answers it as the GET, without the body.',
    reason: 'That is what HTTP says.',
    explains: (step, mlflow, cairn) => step.method === 'HEAD' && mlflow.status === 400 && cairn.status === 200,
  },
  {
    id: 'workspace-default',
    title: 'The default workspace may be named',
    mlflow: 'Answers any request with a workspace header with 500 FEATURE_DISABLED while workspaces are off.',
    cairn: 'Takes the header if it names `default`.',
    reason: 'That is the workspace there is.',
    explains: (step, mlflow, cairn) => noted(step, 'workspace header') && mlflow.status === 500 && cairn.status === 200,
  },
  {
    id: 'new-run-whole',
    title: 'A new run is answered whole',
    mlflow: 'Leaves `outputs` out of the answer to `runs/create`, and shows there a tag that was too long before it is cut.',
    cairn: 'Answers what `runs/get` would.',
    reason: 'One shape for a run.',
    explains: (step, mlflow, cairn) => step.path.endsWith('runs/create') && mlflow.status === 200 && cairn.status === 200 && isDeepStrictEqual(withoutLong(mlflow), withoutLong(cairn)),
  },
  {
    id: 'media-type-case',
    title: 'A media type is the same in any case',
    mlflow: 'Refuses `application/JSON`.',
    cairn: 'Takes it.',
    reason: 'That is what HTTP says.',
    explains: (step, mlflow, cairn) => step.headers?.['content-type'] === 'application/JSON' && refuses(mlflow) && cairn.status === 200,
  },
  {
    id: 'null-is-absent',
    title: 'null is the same as absent',
    mlflow: 'Fails with a 500 for null in some fields.',
    cairn: 'Takes null as if the field had not been sent, as MLflow does elsewhere.',
    reason: 'Bad input is never a 500.',
    explains: (step, mlflow, cairn) => /^\S+ null$/.test(step.note ?? '') && mlflow.status === 500 && cairn.status === 200,
  },
  {
    id: 'model-id-of-version',
    title: 'A version names its logged model',
    mlflow: 'Leaves `model_id` out of a model version.',
    cairn: 'Sends it.',
    reason: 'The dashboard leads from a version to its model.',
    explains: (_step, mlflow, cairn) => mlflow.status === 200 && cairn.status === 200 && isDeepStrictEqual(mlflow.body, without(cairn.body, 'model_id')),
  },
  {
    id: 'search-inputs',
    title: 'Searches show the models that a run read',
    mlflow: 'Leaves `inputs.model_inputs` out of the runs that a search finds.',
    cairn: 'Sends them, as `runs/get` does.',
    reason: 'One shape for a run.',
    explains: (step, mlflow, cairn) => step.path.endsWith('runs/search') && cairn.status === 200 && isDeepStrictEqual(mlflow.body, without(cairn.body, 'model_inputs')),
  },
  {
    id: 'sources-strict',
    title: 'Odd sources are refused',
    mlflow: 'Takes a source with blanks around it; calls a Windows network path a local one.',
    cairn: 'Refuses both as no absolute address.',
    reason: 'A source that two programs read differently is how checks are passed by.',
    explains: (step, mlflow, cairn) => step.path.endsWith('model-versions/create') && says(cairn, 'Invalid model version source') && (mlflow.status === 200 || says(mlflow, 'Invalid model version source')) && /"source":"( |\\\\)/.test(JSON.stringify(step.json)),
  },
  {
    id: 'webhook-addresses',
    title: 'Webhook addresses are read once, as they will be called',
    mlflow: 'Shows the host as it was typed; takes a port that cannot be.',
    cairn: 'Shows and checks the host that would be called; refuses such a port.',
    reason: 'What is checked must be what is called.',
    explains: (step, mlflow, cairn) => step.path.endsWith('webhooks') && refuses(cairn) && (refuses(mlflow) || /:99999/.test(JSON.stringify(step.json))) && says(cairn, /[Uu][Rr][Ll]/),
  },
  {
    id: 'ids-canonical',
    title: 'An experiment has one id',
    mlflow: 'Takes any text that Python reads as the number: `00`, ` 0`.',
    cairn: 'Takes the id as it was given out: 400 for others.',
    reason: 'Two names for one thing pass by checks on names.',
    explains: (step, mlflow, cairn) => mlflow.status === 200 && refuses(cairn) && says(cairn, /Invalid experiment ID '(0\d+| \d+)'/),
  },
  {
    id: 'no-server-paths',
    title: 'Messages do not show the server\'s folders',
    mlflow: 'Shows a relative source as the absolute path that it would be on the server.',
    cairn: 'Shows it as it was sent.',
    reason: 'Paths of the server are nobody\'s business.',
    explains: (_step, mlflow, cairn) => mlflow.status === cairn.status && errorOf(mlflow).message?.replace(/'\/[^']*\//, '\'') === errorOf(cairn).message,
  },
  {
    id: 'bad-json',
    title: 'A body that is no object is refused',
    mlflow: 'Takes a body that is JSON but not an object as if nothing had been sent, or fails with a 500.',
    cairn: '400 INVALID_PARAMETER_VALUE `The request body must be a JSON object.`',
    reason: 'The cause is said in place of a missing parameter.',
    explains: (step, mlflow, cairn) => noted(step, 'not an object') && mlflow.status >= 400 && refuses(cairn),
  },
  {
    id: 'log-batch-atomic',
    title: 'A batch is all or nothing',
    mlflow: 'Writes params, metrics and tags of a batch in transactions of their own: a refused one leaves the others stored.',
    cairn: 'All of a batch or none of it.',
    reason: 'A half-stored batch cannot be repeated or undone.',
    explains: step => noted(step, 'after a refused batch'),
  },
  {
    id: 'local-locations',
    title: 'Artifact locations on the server\'s disk are not served',
    mlflow: 'Lets an experiment\'s `artifact_location` or a version\'s `source` be `file:` or a plain path, and reads and writes there.',
    cairn: 'Such locations are refused, or kept but not served.',
    reason: 'They reach any file that the server can (CVE-2023-6909 and its kin).',
    explains: (step, _mlflow, cairn) => noted(step, 'local location') && (is4xx(cairn) || cairn.status === 200),
  },
  {
    id: 'search-bounds',
    title: 'A search has bounds',
    mlflow: 'Takes IN lists and sort keys of any number (100,000 hold the server for a minute), and any `max_results` of some searches.',
    cairn: 'More than its limit answers 400 INVALID_PARAMETER_VALUE naming the limit.',
    reason: 'One request must not stop the others.',
    explains: (step, _mlflow, cairn) => (noted(step, 'over a bound') || says(cairn, 'max_results')) && (refuses(cairn) || cairn.status === 413),
  },
  {
    id: 'graphql-origin',
    title: 'Origin is checked for GraphQL too',
    mlflow: 'Checks Origin under `/api` and `/ajax-api` alone: GraphQL accepts any page\'s requests.',
    cairn: 'Checks it in front of every route that changes or reads data by POST.',
    reason: 'DNS rebinding and cross-site requests reach a server on localhost (CVE-2025-14279).',
    explains: (step, mlflow, cairn) => noted(step, 'foreign origin') && mlflow.status === 200 && cairn.status === 403,
  },
  {
    id: 'host-by-address',
    title: 'Host names that look like private addresses are refused',
    mlflow: 'Takes a Host that merely begins like a private address: `10.evil.example`.',
    cairn: 'Takes addresses of private ranges, not names that look like them: 403.',
    reason: 'Such a name can be rebound to the server\'s address.',
    explains: (step, mlflow, cairn) => noted(step, 'host that looks private') && mlflow.status === 200 && cairn.status === 403,
  },
  {
    id: 'artifact-root-kept',
    title: 'The artifact root cannot be deleted',
    mlflow: '`DELETE …/artifacts/.` removes every artifact of the server.',
    cairn: '400 INVALID_PARAMETER_VALUE.',
    reason: 'Nobody asks for that in earnest.',
    explains: (step, _mlflow, cairn) => noted(step, 'artifact root') && is4xx(cairn),
  },
  {
    id: 'artifact-listing',
    title: 'Listings of artifacts are in normal form and complete',
    mlflow: 'Leaves out the size of an empty file, and repeats the `.` and `//` of the request in every path.',
    cairn: 'An empty file has the size 0; paths are in normal form.',
    reason: 'A missing size means a folder elsewhere; one artifact has one path.',
    explains: (_step, mlflow, cairn) => listing(mlflow) !== undefined && listing(mlflow) === listing(cairn),
  },
  {
    id: 'artifact-names',
    title: 'Names that could mean another place are refused',
    mlflow: 'Takes `\\`, `?` and a bare `#` in names of artifacts (the last lists the root), and redirects an encoded absolute path.',
    cairn: '400 INVALID_PARAMETER_VALUE `Invalid path`.',
    reason: 'They mean something else on another system or in a URL; most of MLflow\'s path advisories began with one.',
    explains: (_step, mlflow, cairn) => refuses(cairn) && says(cairn, /^Invalid path$/) && (mlflow.status === 200 || mlflow.status === 404 || mlflow.status === 308),
  },
  {
    id: 'artifact-error-body',
    title: 'Every failed download says why in one form',
    mlflow: 'Answers an HTML page, `{"detail": …}` or nothing, depending on which of its two web frameworks answers.',
    cairn: 'The same status with MLflow\'s JSON error body.',
    reason: 'Programs read these answers.',
    explains: (step, mlflow, cairn) => /artifact/.test(step.path) && mlflow.status === cairn.status && is4xx(cairn) && !isJsonError(mlflow) && isJsonError(cairn),
  },
  {
    id: 'artifact-of-no-run',
    title: 'A download that names no run',
    mlflow: 'Looks for the run `None`: 404.',
    cairn: '400 INVALID_PARAMETER_VALUE: the parameter is missing.',
    reason: 'The request is wrong, not the run.',
    explains: (_step, mlflow, cairn) => says(mlflow, 'Run with id=None not found') && refuses(cairn) && says(cairn, "parameter 'run_id'"),
  },
  {
    id: 'multipart-local',
    title: 'Uploads in parts for every storage',
    mlflow: 'Cannot upload in parts to a local folder: 501.',
    cairn: 'Takes parts for every kind of storage, and says so in `server-info`.',
    reason: 'A large file continues where it broke off, whatever stores it.',
    explains: (step, mlflow, cairn) => noted(step, 'multipart') && (mlflow.status === 501 || step.path.includes('server-info')) && cairn.status !== 501,
  },
  {
    id: 'version-names-its-model',
    title: 'A model version names the logged model it was made from',
    mlflow: 'Declares `model_id` in its messages and leaves it out of every answer.',
    cairn: 'Sends `model_id` where a version was registered from a logged model.',
    reason: 'The way from a version to its run, params and metrics should not have to be guessed from the source.',
    explains: (step, mlflow, cairn) => /^(?:model-versions|registered-models)\//.test(step.path) && mlflow.status === cairn.status
      && JSON.stringify(cairn.body).includes('"model_id":') && JSON.stringify(mlflow.body) === JSON.stringify(cairn.body, (key, value: unknown) => (key === 'model_id' ? undefined : value)),
  },
  {
    id: 'no-page-of-nothing',
    title: 'A page without room has no successor',
    mlflow: 'Answers a search for registered models with `max_results` 0 or less with an empty page and the token of the same empty page.',
    cairn: 'Answers the empty page alone.',
    reason: 'A client that follows the token would never end.',
    explains: (step, mlflow, cairn) => step.path === 'registered-models/search' && Number(step.query?.['max_results']) < 1 && mlflow.status === 200 && cairn.status === 200
      && JSON.stringify(cairn.body) === '{}',
  },
  {
    id: 'webhook-repeated-event',
    title: 'An event named twice counts once',
    mlflow: 'Refuses it with an error of its database.',
    cairn: 'Makes the webhook with the event once.',
    reason: 'There is no doubt what was meant.',
    explains: (step, mlflow, cairn) => step.path.startsWith('webhooks') && says(mlflow, 'UNIQUE constraint') && cairn.status === 200,
  },
  {
    id: 'webhook-uncallable-url',
    title: 'A URL that nobody could call is refused',
    mlflow: 'Takes ports beyond 65535.',
    cairn: '400 INVALID_PARAMETER_VALUE.',
    reason: 'The webhook would fail for ever; better to hear of it when it is written.',
    explains: (step, mlflow, cairn) => step.path.startsWith('webhooks') && mlflow.status === 200 && refuses(cairn) && says(cairn, 'It is not a URL.'),
  },
  {
    id: 'later-groups',
    title: 'Groups that come later',
    mlflow: 'Serves traces, evaluation datasets, scorers, gateway and other groups.',
    cairn: '501 NOT_IMPLEMENTED naming the group.',
    reason: 'Not built yet.',
    explains: (step, _mlflow, cairn) => noted(step, 'later group') && cairn.status === 501 && isJsonError(cairn),
  },
]
