import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadFailure } from './load-failure.ts'

test('why a model could not be loaded is read from what Python wrote', () => {
  const whats = [
    "ModuleNotFoundError: No module named 'mlflow'", "ModuleNotFoundError: No module named 'mlflow_extra'", "ModuleNotFoundError: No module named 'sklearn.svm'", "FileNotFoundError: [Errno 2] No such file or directory: '/m/model.pkl'",
    '_pickle.UnpicklingError: pickle data was truncated', '[LightGBM] [Fatal] Model format error, expect a tree here. met x', 'xgboost.core.XGBoostError: [10:24:01] json_io.h:1: Expecting }', "AttributeError: Can't get attribute 'Model' on <module '__main__'>", 'ValueError: the model’s own words',
  ].map((line) => loadFailure(['Traceback (most recent call last):', line]).what)
  assert.deepEqual(whats, [
    'its environment has no MLflow', 'its environment has no module mlflow_extra', 'its environment has no module sklearn.svm', 'a file of it is missing',
    'a file of it is damaged', 'a file of it is damaged', 'its trees cannot be read: they are damaged, or of a newer version of their library', 'the packages here are not those that it was saved with', undefined,
  ])
})
