import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerCommand, plainWords } from '../project/words.ts'
import { dnsLabel, jobManifest, readKubernetesConfig } from './kubernetes/manifest.ts'

test('a plain command goes to a container as its words, any other through a shell', () => {
  assert.deepEqual(plainWords(`python train.py --name 'a b' --say "it\\"s" \\$x c'd'e`), ['python', 'train.py', '--name', 'a b', '--say', 'it"s', '$x', 'cde'])
  for (const shell of ['a && b', 'a | b', 'echo $HOME', 'A=1 run', 'a > b', 'ls *', "broken 'quote", 'a "$b"', '', 'a; b', '(a)', '~/x']) {
    assert.deepEqual(containerCommand(shell), ['sh', '-c', shell], shell)
  }
})

test('names are ones that Kubernetes takes', () => {
  assert.deepEqual(['My_Project.v2', '--x--', 'ÄÖ', 'a'.repeat(80), 'ends-'.repeat(10)].map((name) => dnsLabel(name, 49)), ['my-project-v2', 'x', 'project', 'a'.repeat(49), 'ends-'.repeat(10).slice(0, 49)])
})

test('a template keeps what it says, and gets what it lacks', () => {
  const job = (spec: object) => jobManifest({
    template: { spec: { ...spec, template: { spec: { containers: [{ name: 'x' }] } } } }, project: 'p', runId: 'ab'.repeat(16), image: 'i:1', command: 'run', variables: { A: '1' }, namespace: 'n', now: new Date(0),
  })
  assert.deepEqual([job({}).spec?.backoffLimit, job({ backoffLimit: 4 }).spec?.backoffLimit, job({}).spec?.template.spec?.restartPolicy], [0, 4, 'Never'])
  assert.deepEqual([job({}).metadata?.name, job({}).metadata?.namespace, job({}).spec?.template.spec?.containers[0]?.env], ['p-19700101000000-ababab', 'n', [{ name: 'A', value: '1' }]])
})

test('mistakes in the configuration are told', () => {
  for (const bad of [{}, { 'kube-job-template-path': 1 }, { 'kube-job-template-path': 'a', 'repository-uri': 'b', 'poll-seconds': 0 }, { 'repository-url': 'b' }]) {
    assert.throws(() => readKubernetesConfig(bad, '/'), { name: 'ProjectError' }, JSON.stringify(bad))
  }
  assert.deepEqual(readKubernetesConfig({ 'kube-job-template-path': 'a', 'repository-uri': 'b' }, '/x'), { context: undefined, repository: 'b', templatePath: '/x/a', pollMs: 5000 })
})
