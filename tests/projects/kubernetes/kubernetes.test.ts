/** Against a server that answers as Kubernetes does; against.ts does the same with Kubernetes' own. */
import { startApiServer } from './api-server.ts'
import { kubernetesTests } from './kubernetes-tests.ts'

kubernetesTests(startApiServer)
