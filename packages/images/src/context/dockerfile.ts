import { account, entrypoint, healthCommand, nodeLibraries, places, port, variables, type ImageManager, type Start } from '../plan.ts'

/** What a Dockerfile is made of. */
export interface Recipe {
  readonly cairnVersion: string
  readonly base: string
  /** An image with Node at /usr/local/bin/node, and npm. */
  readonly node: string
  /** Undefined where the model is mounted when the container starts. */
  readonly name: string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** How the environment is built from the files below `environment/`; undefined where there is no Python. */
  readonly python: { readonly manager: ImageManager; readonly build: boolean; readonly flags: string } | undefined
  readonly onnxVersion: string | undefined
  readonly java: boolean
}

/** The first line of each, by which a folder that was written before is known again. */
export const heading = '# Serves a model by Cairn'

export const buildFile = 'cairn-build.txt'
export const installFile = 'cairn-install.txt'

/** The text of a Dockerfile that stands beside `cairn/`, and `environment/` and `model/` where it has them. */
export function dockerfile(recipe: Recipe): string {
  const { base, node, name, python, onnxVersion, java } = recipe
  const start: Start = { name, manager: name === undefined ? 'virtualenv' : 'local', onnx: onnxVersion !== undefined }
  const parts = [
    `${heading} (${recipe.cairnVersion}), at port ${port}. The parts that change least come first.\nARG BASE=${base}\nARG NODE=${node}`,
    nodeStage(onnxVersion),
    'FROM ${BASE}',
    java ? 'RUN apt-get update \\\n && apt-get install -y --no-install-recommends default-jre-headless \\\n && rm -rf /var/lib/apt/lists/*' : '',
    `COPY --from=node ${places.cairn}/ ${places.cairn}/`,
    onnxVersion === undefined ? '' : `COPY --from=node ${places.onnx}/ ${places.onnx}/`,
    python === undefined ? '' : pythonPart(python),
    name === undefined ? `RUN ${intoBase} uv \\\n && mkdir -m 1777 /opt/environments\nENV CAIRN_ENV_DIR=/opt/environments` : '',
    `COPY cairn/ ${places.cairn}/`,
    name === undefined ? `VOLUME ${places.model}` : `COPY model/ ${places.model}/`,
    // An empty part of the list would be the working folder.
    `ENV LD_LIBRARY_PATH=${nodeLibraries}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \\\n    ${Object.entries(variables(start)).map(([key, value]) => `${key}=${value}`).join(' \\\n    ')}`,
    Object.entries(recipe.labels).map(([key, value]) => `LABEL ${key}=${quoted(value)}`).join('\n'),
    `USER ${account}\nWORKDIR /tmp\nEXPOSE ${port}\nSTOPSIGNAL SIGTERM`,
    `HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ${JSON.stringify(healthCommand(start))}`,
    `ENTRYPOINT ${JSON.stringify(entrypoint(start))}`,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

// Node is linked with libatomic, which slim images lack. Of onnxruntime only the libraries for this
// processor are kept: those of other systems are 200 MB.
const nodeStage = (onnxVersion: string | undefined): string => [
  'FROM ${NODE} AS node',
  `RUN mkdir -p ${places.cairn}/bin ${places.cairn}/lib && cp /usr/local/bin/node ${places.cairn}/bin/ \\`,
  ` && for file in /usr/lib/*/libatomic.so.1; do [ ! -e "$file" ] || cp -L "$file" ${places.cairn}/lib/; done`,
  ...(onnxVersion === undefined ? [] : [
    `RUN npm install --prefix ${places.onnx} --ignore-scripts --no-audit --no-fund onnxruntime-node@${onnxVersion} \\`,
    ` && cd ${places.onnx}/node_modules/onnxruntime-node/bin/napi-v*/ && find . -mindepth 1 -maxdepth 1 ! -name linux -exec rm -rf {} + \\`,
    ` && cd linux && find . -mindepth 1 -maxdepth 1 ! -name "$(node -p process.arch)" -exec rm -rf {} +`,
  ]),
].join('\n')

// Debian's own Python refuses packages from elsewhere, which in an image are what is wanted.
const intoBase = 'PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --no-cache-dir --disable-pip-version-check'

function pythonPart({ manager, build, flags }: NonNullable<Recipe['python']>): string {
  const from = places.requirements
  const copy = `COPY environment/ ${from}/`
  if (manager === 'conda') return `${copy}\nRUN conda env create --prefix ${places.environment} --file ${from}/conda.yaml \\\n && conda clean --all --yes\nENV PATH=${places.environment}/bin:$PATH`
  const own = `${places.environment}/bin/python`
  const pip = manager === 'local' ? intoBase : `${own} -m pip install --no-cache-dir --disable-pip-version-check`
  const uv = `uv pip install --no-cache --python ${own}`
  const install = manager === 'uv' ? uv : pip
  const steps = [
    ...(manager === 'uv' ? [`${intoBase} uv`, `uv venv --python "$(command -v python3)" ${places.environment}`] : manager === 'virtualenv' ? [`python3 -m venv ${places.environment}`] : []),
    `cd ${from}`,
    ...(build ? [`${install} -r ${buildFile}`] : []),
    `${install}${flags} -r ${installFile}`,
  ]
  // Proxies and an index of one's own are given when it is built: --build-arg PIP_INDEX_URL=https://…
  return `${copy}\nARG PIP_INDEX_URL\nARG UV_INDEX_URL\nRUN ${steps.join(' \\\n && ')}${manager === 'local' ? '' : `\nENV PATH=${places.environment}/bin:$PATH`}`
}

/** A value as Docker reads it: it replaces variables in double quotes too. */
const quoted = (value: string): string => `"${value.replace(/[\\"$]/g, '\\$&').replace(/[\r\n]+/g, ' ')}"`
