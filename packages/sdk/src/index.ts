export { ApiError, isAlreadyExists, isNotFound, NetworkError } from './errors.ts'
export { Transport, type CallOptions, type TransportOptions } from './transport.ts'
