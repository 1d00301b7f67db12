interface LoadFailure {
  /** A clause; undefined where the lines say it best. */
  readonly what: string | undefined
  readonly fix: string
}

const again = 'Download it again, or save it again. cairn models verify URI --digest SHA256 says whether the files are those that were meant.'

const known: readonly (readonly [RegExp, (found: RegExpExecArray) => LoadFailure])[] = [
  [/No module named '?mlflow'?(?:\s|$|\.)/, () => ({ what: 'its environment has no MLflow', fix: 'Add --install-mlflow.' })],
  [/No module named '([^']+)'/, ([, name]) => ({ what: `its environment has no module ${name!}`, fix: 'Its package belongs into the model’s requirements.txt; with --env-manager local it has to be installed here.' })],
  [/FileNotFoundError|No such file or directory|Could not find an "MLmodel"/, () => ({ what: 'a file of it is missing', fix: again })],
  [/UnpicklingError|Ran out of input|invalid load key|BadZipFile|not a zip file|Model format error|JSONDecodeError|EOFError|INVALID_PROTOBUF|Protobuf parsing failed/, () => ({ what: 'a file of it is damaged', fix: again })],
  [/XGBoostError|LightGBMError/, () => ({ what: 'its trees cannot be read: they are damaged, or of a newer version of their library', fix: again })],
  [/Can't get attribute|InconsistentVersionWarning|size changed, may indicate binary incompatibility|is incompatible with/, () => ({ what: 'the packages here are not those that it was saved with', fix: 'Let its own environment be built: leave --env-manager local out.' })],
  [/MemoryError|Cannot allocate memory|out of memory/i, () => ({ what: 'there is not enough memory', fix: 'Free some, or start fewer processes: --workers 1' })],
]

/** Why Python could not load a model, by what it wrote, and what to do. */
export function loadFailure(lines: readonly string[]): LoadFailure {
  const text = lines.join('\n')
  for (const [pattern, tell] of known) {
    const found = pattern.exec(text)
    if (found !== null) return tell(found)
  }
  return { what: undefined, fix: 'Try it by hand, with the Python of its environment: python -c "import mlflow; mlflow.pyfunc.load_model(\'URI\')"' }
}
