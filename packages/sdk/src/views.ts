import * as api from '@cairn/protocol'
import type { RequestOf } from '@cairn/protocol'
import type { CallOptions, Transport } from './transport.ts'

type Input<E> = RequestOf<E>

/** Named views of the runs of experiments. */
export function viewCalls(transport: Transport) {
  return {
    create: async (input: Input<typeof api.createView>): Promise<api.View> => (await transport.call(api.createView, input)).view,
    get: async (view_id: string, options?: CallOptions): Promise<api.View> => (await transport.call(api.getView, { view_id }, options)).view,
    /** Of exactly these experiments, or all that the caller may see. */
    list: async (input: Input<typeof api.listViews> = {}, options?: CallOptions): Promise<api.View[]> => (await transport.call(api.listViews, input, options)).views,
    /** What is not given stays; `deleted: false` brings a deleted one back. */
    update: async (input: Input<typeof api.updateView>): Promise<api.View> => (await transport.call(api.updateView, input)).view,
    delete: async (view_id: string, by?: string): Promise<void> => void await transport.call(api.deleteView, { view_id, ...(by !== undefined && { by }) }),
  }
}
