export * from './errors.ts'
export * from './endpoint.ts'
export * from './schema.ts'
export { parser, type Parser } from './parse.ts'
