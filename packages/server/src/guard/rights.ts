import { permissionFamilies } from '@cairn/protocol'
import { needs, type Need, type Right } from './right.ts'

const anybody = (because: string): Right => ({ who: 'anybody', because })
const signedIn: Right = { who: 'signed-in' }
const ownAffair: Right = { who: 'signed-in', changes: true }
const admin: Right = { who: 'admin' }
const workspaceAdmin: Right = { who: 'workspace-admin' }

const experiment = (action: 'read' | 'update'): Right => needs({ on: 'experiment', action, by: 'experiment_id' })
const runNeed = (action: 'read' | 'update' | 'delete' | 'manage', by = 'run_id'): Need => ({ on: 'run', action, by })
const run = (action: 'read' | 'update' | 'delete' | 'manage', by = 'run_id'): Right => needs(runNeed(action, by))
const loggedModel = (action: 'read' | 'update' | 'delete'): Right => needs({ on: 'logged-model', action, by: 'model_id' })
const model = (action: 'read' | 'update'): Right => needs({ on: 'model', action, by: 'name' })
const version = (action: 'read' | 'update' | 'delete'): Right => needs({ on: 'version', action, by: 'name' })
const file = (action: 'read' | 'update' | 'manage', by = 'artifact_path', or?: string): Right => needs({ on: 'file', action, by, ...(or !== undefined && { or }) })
const servingEndpoint = (action: 'read' | 'use' | 'update' | 'delete'): Right => needs({ on: 'serving-endpoint', action, by: 'name' })
const role = (action: 'read' | 'manage', by: 'role_id' | 'role_permission_id' | 'workspace' = 'role_id'): Right => needs({ on: 'role', action, by })

/** What each endpoint needs, by its name. A route that is not here does not start. */
export const rights: Readonly<Record<string, Right>> = {
  createExperiment: { who: 'special', rule: 'new-location', needs: [{ on: 'new-experiment' }] },
  searchExperiments: { who: 'reader' },
  searchExperimentsGet: { who: 'reader' },
  getExperiment: experiment('read'),
  getExperimentByName: needs({ on: 'experiment-by-name', action: 'read', by: 'experiment_name' }),
  deleteExperiment: needs({ on: 'whole-experiment', action: 'delete', by: 'experiment_id' }),
  restoreExperiment: needs({ on: 'whole-experiment', action: 'delete', by: 'experiment_id' }),
  updateExperiment: experiment('update'),
  setExperimentTag: experiment('update'),
  deleteExperimentTag: experiment('update'),

  createRun: needs({ on: 'new-in-experiment', type: 'run', by: 'experiment_id' }),
  updateRun: run('update'),
  deleteRun: run('delete'),
  restoreRun: run('delete'),
  getRun: run('read'),
  searchRuns: { who: 'reader', narrows: 'experiment_ids', tier: 'run' },
  logMetric: needs(runNeed('update'), { on: 'logged-model', action: 'update', by: 'model_id', optional: true }),
  logParam: run('update'),
  setRunTag: run('update'),
  deleteRunTag: run('update'),
  logBatch: needs(runNeed('update'), { on: 'logged-models-in', action: 'update', by: 'metrics' }),
  logModel: run('update'),
  logInputs: needs(runNeed('update'), { on: 'logged-models-in', action: 'update', by: 'models' }),
  logOutputs: needs(runNeed('update'), { on: 'logged-models-in', action: 'update', by: 'models' }),
  searchDatasets: { who: 'reader', narrows: 'experiment_ids', tier: 'run', orRefuse: true },
  getMetricHistory: run('read'),
  getMetricHistoryBulk: run('read'),
  getMetricHistoryBulkInterval: run('read', 'run_ids'),
  getSeries: run('read', 'run_ids'),

  listArtifacts: run('read'),
  createPresignedUploadUrl: { who: 'special', rule: 'presigned-upload' },
  createPresignedDownloadUrl: run('read'),
  getArtifact: needs({ on: 'run', action: 'read', by: 'run_id', or: 'run_uuid' }),
  getModelVersionArtifact: version('read'),
  uploadArtifact: run('update', 'run_uuid'),
  downloadRunArtifacts: run('read'),
  downloadLoggedModelArtifacts: loggedModel('read'),
  downloadModelVersionArtifacts: version('read'),
  // Deleting files needs more than writing them, as in MLflow since CVE-2024-4263.
  deleteRunArtifacts: run('manage'),
  downloadProxiedArtifact: file('read'),
  uploadProxiedArtifact: file('update'),
  deleteProxiedArtifact: file('manage'),
  listProxiedArtifacts: file('read', 'path'),
  createMultipartUpload: file('update', 'artifact_path', 'path'),
  completeMultipartUpload: file('update', 'artifact_path', 'path'),
  abortMultipartUpload: file('update', 'artifact_path', 'path'),
  getPresignedProxiedUrl: file('read'),
  uploadPart: anybody('MLflow\'s client sends no credentials to the address of a part, as it sends none to a bucket; the address holds an upload id that nobody can guess and that was given to somebody who may write the file.'),
  listUploadedParts: anybody('The upload id in the address, as for uploadPart; it tells sizes of parts.'),

  createLoggedModel: needs({ on: 'new-in-experiment', type: 'logged_model', by: 'experiment_id' }, { on: 'run', action: 'read', by: 'source_run_id', optional: true }),
  finalizeLoggedModel: loggedModel('update'),
  getLoggedModel: loggedModel('read'),
  deleteLoggedModel: loggedModel('delete'),
  searchLoggedModels: { who: 'reader', narrows: 'experiment_ids', tier: 'logged_model', filtersRuns: 'source_run_id' },
  setLoggedModelTags: loggedModel('update'),
  deleteLoggedModelTag: loggedModel('delete'),
  logLoggedModelParams: loggedModel('update'),
  listLoggedModelArtifacts: loggedModel('read'),
  getLoggedModelArtifact: loggedModel('read'),

  createRegisteredModel: needs({ on: 'new-model' }),
  renameRegisteredModel: model('update'),
  updateRegisteredModel: model('update'),
  deleteRegisteredModel: needs({ on: 'whole-model', action: 'delete', by: 'name' }),
  getRegisteredModel: model('read'),
  searchRegisteredModels: { who: 'reader' },
  getLatestVersions: version('read'),
  getLatestVersionsGet: version('read'),
  setRegisteredModelTag: model('update'),
  deleteRegisteredModelTag: model('update'),
  setRegisteredModelAlias: needs({ on: 'alias', action: 'update', by: 'name' }),
  deleteRegisteredModelAlias: needs({ on: 'alias', action: 'delete', by: 'name' }),
  getModelVersionByAlias: version('read'),
  createModelVersion: { who: 'special', rule: 'source', needs: [{ on: 'new-version', by: 'name' }, { on: 'run', action: 'read', by: 'run_id', optional: true }, { on: 'logged-model', action: 'read', by: 'model_id', optional: true }] },
  updateModelVersion: version('update'),
  transitionModelVersionStage: version('update'),
  deleteModelVersion: version('delete'),
  getModelVersion: version('read'),
  searchModelVersions: { who: 'reader', filtersRuns: 'run_id' },
  getModelVersionDownloadUri: version('read'),
  setModelVersionTag: version('update'),
  deleteModelVersionTag: version('delete'),
  rollbackAlias: needs({ on: 'alias', action: 'update', by: 'name' }),
  rollbackStage: version('update'),

  createServingEndpoint: needs({ on: 'model', action: 'update', by: 'model_name' }),
  listServingEndpoints: { who: 'reader' },
  getServingEndpoint: servingEndpoint('read'),
  deleteServingEndpoint: servingEndpoint('delete'),
  setServingTraffic: servingEndpoint('update'),
  promoteServingEndpoint: servingEndpoint('update'),
  rollBackServingEndpoint: servingEndpoint('update'),
  // What a serving process says may end in a promotion; that it serves, in a list.
  judgeServingRollout: servingEndpoint('update'),
  reportEndpointServer: servingEndpoint('use'),
  removeEndpointServer: servingEndpoint('use'),

  // A webhook sends what happens anywhere to wherever it says.
  createWebhook: admin,
  listWebhooks: admin,
  getWebhook: admin,
  updateWebhook: admin,
  deleteWebhook: admin,
  testWebhook: admin,
  listWebhookDeliveries: admin,

  listAuditEntries: { who: 'special', rule: 'audit' },
  live: { who: 'special', rule: 'live' },

  createUser: workspaceAdmin,
  createServiceAccount: workspaceAdmin,
  getUser: needs({ on: 'user', by: 'username' }),
  // MLflow shows everybody's name and admins to everybody.
  listUsers: workspaceAdmin,
  getCurrentUser: signedIn,
  updateUserPassword: needs({ on: 'user', by: 'username' }),
  updateUserAdmin: admin,
  deleteUser: admin,
  createRole: role('manage', 'workspace'),
  getRole: role('read'),
  listRoles: role('read', 'workspace'),
  updateRole: role('manage'),
  deleteRole: role('manage'),
  addRolePermission: role('manage'),
  updateRolePermission: role('manage', 'role_permission_id'),
  removeRolePermission: role('manage', 'role_permission_id'),
  listRolePermissions: role('read'),
  assignRole: role('manage'),
  unassignRole: role('manage'),
  listRoleUsers: role('manage'),
  listUserRoles: needs({ on: 'user', by: 'username' }),
  listCurrentUserPermissions: signedIn,
  listUserPermissions: needs({ on: 'user', by: 'username' }),
  grantUserPermission: needs({ on: 'granted-resource' }),
  revokeUserPermission: needs({ on: 'granted-resource' }),
  getUserPermission: needs({ on: 'effective-permission' }),
  ...Object.fromEntries(permissionFamilies.flatMap(({ type, fields, create, get, update, remove }) =>
    [create, get, update, remove].map((endpoint) => [endpoint.name, needs({ on: 'family', type, fields })]))),
  createToken: ownAffair,
  listTokens: signedIn,
  deleteToken: ownAffair,

  signInPage: anybody('Who signs in has not signed in yet.'),
  signIn: anybody('Who signs in has not signed in yet.'),
  signInStyle: anybody('The looks of the pages for signing in.'),
  signOut: signedIn,
  setUpPage: anybody('Whoever has the one-time link; without it, it says that the link does not work.'),
  setUp: anybody('The one-time link is asked for.'),
  accountPage: signedIn,
  createOwnToken: ownAffair,
  deleteOwnToken: ownAffair,
  changeOwnPassword: ownAffair,
  signUpPage: workspaceAdmin,
  createUserByForm: workspaceAdmin,

  getHealth: anybody('Load balancers ask for it.'),
  getReady: anybody('Load balancers ask for it.'),
  getServerInfo: anybody('Clients read what the server can do before they sign in, as from MLflow.'),
  getVersion: signedIn,
  getTelemetry: signedIn,
  // Each field of a query is an endpoint's answer and passes that endpoint's check.
  graphql: signedIn,
}
