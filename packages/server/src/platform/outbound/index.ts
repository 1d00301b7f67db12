export { isPublicAddress } from './addresses.ts'
export { createOutbound, OutboundRefused } from './outbound.ts'
export { tracedOutbound } from './traced.ts'
export type { Outbound, OutboundOptions, OutboundRequest, OutboundResponse, RefusalReason, StreamedBody } from './outbound.ts'
