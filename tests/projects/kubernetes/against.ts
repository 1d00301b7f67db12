/**
 * The tests of the kubernetes backend against Kubernetes' own API server, which takes minutes to build: by hand,
 *
 *   npm run kubernetes
 */
import { kubernetesTests } from './kubernetes-tests.ts'
import { startRealApiServer } from './real-api-server.ts'

kubernetesTests(startRealApiServer)
