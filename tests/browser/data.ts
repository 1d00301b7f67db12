import type { CairnClient } from '@cairn/sdk'

export const spike = { step: 61_803, value: 777 }

/** A run with 100,000 points of one metric among which one stands out. */
export async function logSpike(client: CairnClient, experiment_id: string): Promise<string> {
  const { info: { run_id } } = await client.runs.create({ experiment_id, run_name: 'with a spike', start_time: Date.now() - 60_000 })
  for (let from = 0; from < 100_000; from += 1000) {
    await client.runs.logBatch({
      run_id,
      metrics: Array.from({ length: 1000 }, (_, index) => {
        const step = from + index
        return { key: 'loss', step, timestamp: 1_700_000_000_000 + step, value: step === spike.step ? spike.value : Math.sin(step / 7000) + 2 }
      }),
    })
  }
  return run_id
}

const models = ['logistic regression', 'random forest', 'XGBoost']

/** An experiment as a grid search leaves it: `size` runs of three models, some failed, the first ones still running. */
export async function logGrid(client: CairnClient, name: string, size: number): Promise<string> {
  const experiment_id = await client.experiments.create({ name, tags: [{ key: 'team', value: 'retention' }, { key: 'stage', value: 'exploration' }] })
  const now = Date.now()
  for (let index = 0; index < size; index += 1) {
    const start_time = now - (index + 1) * 420_000
    const { info: { run_id } } = await client.runs.create({ experiment_id, run_name: `${models[index % 3]!.split(' ')[0]!}-${index}`, start_time })
    const depth = 2 + index % 7
    await client.runs.logBatch({
      run_id,
      params: [{ key: 'model', value: models[index % 3]! }, { key: 'max_depth', value: String(depth) }, { key: 'learning_rate', value: String(0.3 / depth) }, { key: 'seed', value: '7' }],
      tags: [{ key: 'owner', value: 'ada' }],
      metrics: ['auc', 'accuracy', 'f1', 'train/loss', 'valid/loss'].flatMap((key, at) => Array.from({ length: 40 }, (_, step) => ({
        key, step, timestamp: start_time + step * 1000,
        value: key.endsWith('loss') ? (at + 1) * Math.exp(-step / (9 + depth)) : 0.5 + (0.35 + index / 200) * (1 - Math.exp(-step / (8 + at))),
      }))),
    })
    if (index > 1) await client.runs.update({ run_id, status: index % 9 === 4 ? 'FAILED' : 'FINISHED', end_time: start_time + 40_000 + index * 1500 })
  }
  return experiment_id
}
