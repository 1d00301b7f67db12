/** A defence as a piece of a file, what stands there without it, and the test that should notice. */
export interface Defence {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly test: string
  /** Of the tests in that file, those whose title holds this. */
  readonly only: string
}

const http = 'packages/server/src/platform/http'
const files = 'packages/server/src/platform/files'
const artifacts = 'packages/server/src/artifacts'
const attacks = `${artifacts}/attacks.test.ts`
const rights = 'packages/server/src/guard/rights.ts'

export const defences: readonly Defence[] = [
  { name: 'Host: only addresses are private', file: `${http}/security.ts`, from: 'if (isIP(name) === 4) {', to: 'if (/^\\d/.test(name)) {', test: 'tests/security/browser.test.ts', only: 'Host "10.evil.example"' },
  { name: 'Host is checked', file: `${http}/security.ts`, from: 'if (host === undefined || !hostAllowed(host))', to: 'if (host === undefined)', test: 'tests/security/browser.test.ts', only: 'Host "evil.example"' },
  { name: 'Origin is checked', file: `${http}/security.ts`, from: 'if (origin !== undefined && (hasBody || writing.has(method))', to: 'if (origin === "" && (hasBody || writing.has(method))', test: 'tests/security/browser.test.ts', only: 'of a foreign page is refused' },
  { name: 'no leave to read for foreign pages', file: `${http}/security.ts`, from: 'if (origin === undefined || !originAllowed(origin)) return undefined', to: 'if (origin === undefined) return undefined', test: 'tests/security/browser.test.ts', only: 'no leave to read' },
  { name: 'JSON endpoints take JSON alone', file: `${http}/input.ts`, from: 'throw wrongMediaType()', to: 'void wrongMediaType()', test: 'tests/security/browser.test.ts', only: 'a form could send' },
  { name: 'nosniff', file: `${http}/security.ts`, from: "{ 'x-content-type-options': 'nosniff', vary: 'Origin' }", to: "{ vary: 'Origin' }", test: 'tests/security/browser.test.ts', only: 'forbids sniffing' },
  { name: 'bodies are bounded when unpacked', file: `${http}/body.ts`, from: '{ maxOutputLength: limit }', to: '{}', test: 'tests/security/limits.test.ts', only: 'gzip bomb' },
  { name: 'bodies are bounded as sent', file: `${http}/body.ts`, from: "if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit))", to: '', test: 'tests/security/limits.test.ts', only: 'tag of 100 MB' },
  { name: 'a client has a share of the connections', file: `${http}/connections.ts`, from: 'ofClient >= this.#limits.mostOfClient', to: 'ofClient < 0', test: 'tests/security/limits.test.ts', only: 'has its share' },
  { name: 'connections are limited', file: `${http}/connections.ts`, from: 'this.#open >= this.#limits.most ||', to: '', test: 'tests/security/limits.test.ts', only: 'has its share' },
  { name: 'GraphQL has limits', file: 'packages/server/src/graphql/limits.ts', from: 'if (depth > maxDepth)', to: 'if (depth > 1e9)', test: 'tests/security/limits.test.ts', only: 'flood of aliases' },
  { name: 'an experiment has one spelling', file: 'packages/server/src/experiments/experiment-id.ts', from: '/^(?:0|-?[1-9]\\d*)$/', to: '/^\\s*[+-]?\\d+/', test: 'tests/security/limits.test.ts', only: 'one name' },
  { name: 'names are decoded until nothing changes', file: `${files}/path.ts`, from: 'const decoded = decodeFully(name)', to: 'const decoded = decodeOnce(name)', test: attacks, only: 'through the proxy' },
  { name: '`..` is refused', file: `${files}/path.ts`, from: "if (segment === '.' || segment === '..' || smuggled.test(segment))", to: "if (segment === '.' || smuggled.test(segment))", test: attacks, only: 'through the proxy' },
  { name: '`;` before `..` is refused', file: `${files}/path.ts`, from: ' || smuggled.test(segment)', to: '', test: `${files}/path.test.ts`, only: '' },
  { name: 'links are not followed', file: `${files}/disk.ts`, from: 'if (stat?.isSymbolicLink()) throw invalidPath()', to: '', test: attacks, only: 'symbolic link' },
  { name: 'locations select among the roots', file: `${artifacts}/locations.ts`, from: "if (authority === '' || authority === host) return proxied(rest, roots, scheme)", to: 'return proxied(rest, roots, scheme)', test: attacks, only: 'list, read, write' },
  { name: 'locations have no `;`, `?` and `#`', file: `${artifacts}/locations.ts`, from: 'if (/[;?#\\\\]/.test(rest)) throw notServed(scheme)', to: 'rest = rest.replace(/[;?#].*$/, "")', test: attacks, only: 'list, read, write' },
  { name: 'local sources must lie in the run', file: 'packages/server/src/registry/source.ts', from: 'if (copied === undefined) await checkBelonging(tx, lookups, source, uri, reference, runId ?? \'\', modelId ?? \'\')', to: '', test: 'packages/server/src/registry/source.test.ts', only: 'a path of this machine' },
  { name: 'a prompt has no place as its source', file: 'packages/server/src/registry/source.ts', from: 'if (isPrompt && !(promptSources', to: 'if (isPrompt && source === "" && !(promptSources', test: 'tests/security/advisories.test.ts', only: 'calls itself a prompt' },
  { name: 'files are attachments', file: `${artifacts}/disposition.ts`, from: 'return `attachment; filename=${quoted(name)}`', to: 'return `inline; filename=${quoted(name)}`', test: `${artifacts}/routes.test.ts`, only: 'HTML and SVG' },
  { name: 'calls go to public addresses', file: 'packages/server/src/platform/outbound/outbound.ts', from: '!options.allowPrivate && !isPublicAddress(address)', to: 'options.allowedSchemes.length === 0', test: 'packages/server/src/platform/outbound/outbound.test.ts', only: 'not public' },
  { name: 'calls go to the address that was checked', file: 'packages/server/src/platform/outbound/outbound.ts', from: 'const { url, address } = await unlessAborted(admit(request.url), signal)', to: 'await unlessAborted(admit(request.url), signal)\n        const { url, address } = await unlessAborted(admit(request.url), signal)', test: 'packages/server/src/platform/outbound/outbound.test.ts', only: 'resolves once' },
  { name: 'deleting files asks for MANAGE', file: rights, from: "deleteProxiedArtifact: file('manage')", to: "deleteProxiedArtifact: file('update')", test: 'tests/auth/permissions.test.ts', only: 'asks for more than writing' },
  { name: 'teams are the server\'s', file: 'packages/server/src/users/access.ts', from: '(this.managesWorkspace && this.#defaults.confined !== true)', to: 'this.managesWorkspace', test: 'tests/auth/workspaces.test.ts', only: 'of a team' },
  { name: 'what a deleted user wrote is nobody\'s', file: 'packages/server/src/comments/comments-store.ts', from: "'UPDATE comments SET author = ? WHERE author = ?', [departed, author]", to: "'UPDATE comments SET author = ? WHERE author = ?', [author, author]", test: 'tests/auth/departed.test.ts', only: 'who is called like' },
  { name: 'users are listed for admins', file: rights, from: 'listUsers: workspaceAdmin', to: 'listUsers: signedIn', test: 'tests/auth/attacks.test.ts', only: 'list of users' },
  { name: 'uploads in parts pass the gate', file: rights, from: "createMultipartUpload: file('update', 'artifact_path', 'path')", to: 'createMultipartUpload: signedIn', test: 'tests/auth/routes.test.ts', only: '403' },
  { name: 'version searches show what may be read', file: 'packages/server/src/registry/routes.ts', from: "access && { models: access.visible('registered_model', 'registered_model_version'),", to: "access && undefined && { models: access.visible('registered_model', 'registered_model_version'),", test: 'tests/auth/routes.test.ts', only: 'gives nothing away' },
  { name: 'guesses are counted', file: 'packages/server/src/sign-in/attempts.ts', from: 'pair: { most: 10,', to: 'pair: { most: 1e6,', test: 'tests/auth/attacks.test.ts', only: 'guessing passwords' },
  { name: 'forms come from our own pages', file: 'packages/server/src/forms/ours.ts', from: "if (site !== undefined) return site === 'same-origin' || site === 'none'", to: "if (site !== undefined) return site !== '' || site === 'none'", test: 'tests/auth/attacks.test.ts', only: 'making an account' },
  { name: 'the right is asked', file: 'packages/server/src/guard/guard.ts', from: 'if (verdict !== false) return pass(verdict, input, context)', to: 'return pass(verdict === false ? true : verdict, input, context)', test: 'tests/auth/routes.test.ts', only: '403' },
  { name: 'blocks of points have a checksum', file: 'packages/server/src/metrics/columns.ts', from: 'if (bytes.length < sumAt + sumSize || checksum(bytes) !==', to: 'if (bytes.length < sumAt + sumSize || 0 > ', test: 'tests/faults/corruption.test.ts', only: 'by one bit' },
  { name: 'changes are written down', file: 'packages/server/src/experiments/experiments.ts', from: "action: 'delete_tag', item: key, before: tag.value", to: "action: 'other', item: key, before: tag.value", test: 'tests/auth/audit.test.ts', only: 'how they were before' },
  { name: 'names of nobody are cut', file: 'packages/server/src/sign-in/proofs.ts', from: 'plain.length > longestUsername ?', to: 'plain.length < 0 ?', test: 'tests/auth/attacks.test.ts', only: 'a name of any length' },
  { name: 'a long source is not taken apart', file: 'packages/server/src/registry/routes.ts', from: "checkLength('source', input.source, limits.modelSourceLength)", to: '', test: 'tests/security/limits.test.ts', only: 'encodings of encodings' },
  { name: 'roles of others are for managers', file: 'packages/server/src/guard/check.ts', from: 'if (there?.managesWorkspace !== true && !own) return false', to: 'if (there === undefined) return false', test: 'tests/auth/attacks.test.ts', only: 'listing roles' },
  { name: 'a token makes none that outlives it', file: 'packages/server/src/sign-in/tokens.ts', from: 'const ends = Math.min(asked, own?.ends ?? Infinity)', to: 'const ends = asked', test: 'tests/auth/sign-in.test.ts', only: 'shown once' },
  { name: 'a link is for a server without admins', file: 'packages/server/src/sign-in/first-admin.ts', from: ' && !await hasAdmin(tx)', to: '', test: 'tests/auth/sign-in.test.ts', only: 'no use for a link' },
  { name: 'nobody has checked an address', file: 'packages/server/src/sign-in/provider.ts', from: "return claim === 'email' ? email : text(claims[claim])", to: 'return text(claims[claim])', test: 'tests/auth/oidc.test.ts', only: 'nobody has checked' },
  { name: 'no groups are no teams', file: 'packages/server/src/sign-in/identities.ts', from: 'await followGroups(tx, user, groups ?? [], author)', to: 'if (groups !== undefined) await followGroups(tx, user, groups, author)', test: 'tests/auth/oidc.test.ts', only: 'says nothing of groups' },
  { name: 'answers are in no cache', file: `${http}/server.ts`, from: "'cache-control': 'no-store' }", to: '}', test: 'tests/auth/attacks.test.ts', only: 'asking a cache' },
]
