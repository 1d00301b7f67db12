import { schemaText } from '../../../packages/server/src/graphql/schema.ts'
import { experiment, get, post, raw, run, story, type Step, type Story } from '../story.ts'

const group = 'graphql'
const ask = (query: string, variables: Record<string, unknown> = {}, more: Partial<Step> = {}): Step => post('/graphql', { query, variables }, more)
const info = 'info { runId runName experimentId status startTime endTime lifecycleStage artifactUri }'

const typeOf = 'type { kind name ofType { kind name ofType { kind name } } }'

export const graphql: readonly Story[] = [
  story(group, 'the schema, type by type',
    ask('{ __schema { queryType { name fields { name } } mutationType { name fields { name } } } }'),
    ...[...schemaText.matchAll(/^(?:type|enum|input|scalar) (\w+)/gm)].map(([, name]) =>
      ask(`{ __type(name: "${name}") { kind name fields { name args { name ${typeOf} } ${typeOf} } inputFields { name ${typeOf} } enumValues { name } } }`))),

  story(group, 'queries',
    experiment('gql'), run(), run({ start_time: 2000, run_name: 'second' }, 'second'),
    post('runs/log-batch', { run_id: '<run>', metrics: [{ key: 'm', value: 1.5, timestamp: 1700000000000, step: 3 }, { key: 'n', value: 'NaN', timestamp: 1 }], params: [{ key: 'p', value: 'q' }], tags: [{ key: 't', value: 'u' }] }, { quiet: true }),
    ask('{ test(inputString: "abc") { output } }'),
    ask('query ($id: String) { mlflowGetExperiment(input: { experimentId: $id }) { experiment { experimentId name artifactLocation lifecycleStage tags { key value } } } }', { id: '<exp>' }),
    ask('query ($id: String) { mlflowGetExperiment(input: { experimentId: $id }) { experiment { name } } }', { id: '99999' }),
    ask(`query ($id: String) { mlflowGetRun(input: { runId: $id }) { run { ${info} data { metrics { key value timestamp step } params { key value } tags { key value } } experiment { name } modelVersions { name } } } }`, { id: '<run>' }),
    ask('query ($id: String) { mlflowGetRun(input: { runId: $id }) { run { info { runId } } } }', { id: '0'.repeat(32) }),
    ask(`query ($i: MlflowSearchRunsInput) { mlflowSearchRuns(input: $i) { runs { ${info} } nextPageToken } }`, { i: { experimentIds: ['<exp>'], orderBy: ['start_time ASC'] } }),
    ask(`mutation ($i: MlflowSearchRunsInput) { mlflowSearchRuns(input: $i) { runs { info { runName } } } }`, { i: { experimentIds: ['<exp>'], maxResults: 1 } }),
    ask('query ($i: MlflowSearchRunsInput) { mlflowSearchRuns(input: $i) { runs { info { runName } } } }', { i: { experimentIds: ['<exp>'], filter: 'nonsense' } }),
    ask('query ($i: MlflowGetMetricHistoryBulkIntervalInput) { mlflowGetMetricHistoryBulkInterval(input: $i) { metrics { runId key value step timestamp } } }', { i: { runIds: ['<run>'], metricKey: 'm' } }),
    ask('query ($i: MlflowListArtifactsInput) { mlflowListArtifacts(input: $i) { rootUri files { path isDir fileSize } } }', { i: { runId: '<run>' } }),
    ask('query { mlflowSearchModelVersions(input: { filter: "name = \'none\'" }) { modelVersions { name version } } }'),
    ask('mutation ($i: MlflowSearchDatasetsInput) { mlflowSearchDatasets(input: $i) { datasetSummaries { name } } }', { i: { experimentIds: ['<exp>'] } }),
    ask('query @component(name: "X.Y") { test(inputString: "a") { output } }'),
    ask('query Named { __typename }'), ask('{ nothing }'), ask('not graphql'), ask(''), ask('query { test(inputString: 5) { output } }'),
    ask(`{ ${Array.from({ length: 11 }, (_, i) => `a${i}: test(inputString: "x") { output }`).join(' ')} }`),
    post('/graphql', {}), post('/graphql', { query: null })),

  story(group, 'foreign pages',
    ask('{ test(inputString: "abc") { output } }', {}, { headers: { origin: 'https://evil.example' }, note: 'foreign origin' }),
    ask('{ test(inputString: "abc") { output } }', {}, { headers: { origin: 'http://localhost:3000' } }),
    raw('GET', '/graphql', '{"query":"{ test(inputString: \\"abc\\") { output } }"}', { headers: { origin: 'https://evil.example' }, note: 'foreign origin' })),

  story(group, 'by GET, with a body',
    experiment('gql get'),
    raw('GET', '/graphql', '{"query":"{ test(inputString: \\"abc\\") { output } }"}'), raw('GET', '/graphql', '{"query":"{ test(inputString: \\"abc\\") { output } }"}', { headers: { 'content-type': 'text/plain' } }),
    raw('GET', '/graphql', '{"query":"query ($id: String) { mlflowGetExperiment(input: { experimentId: $id }) { experiment { name } } }","variables":{"id":"<exp>"}}'),
    raw('GET', '/graphql', '{"query":"query A { test(inputString: \\"a\\") { output } } query B { test(inputString: \\"b\\") { output } }","operationName":"B"}'),
    raw('GET', '/graphql?query=%7Bnothing%7D', '{"query":"{ test(inputString: \\"abc\\") { output } }"}'),
    get('/graphql'), get('/graphql', { query: '{ test(inputString: "abc") { output } }' }), raw('GET', '/graphql', 'not json'), raw('GET', '/graphql', '[]'), raw('GET', '/graphql', '{"query":"{ nothing }"}')),
]
