import * as api from '@cairn/protocol'
import type { RequestOf } from '@cairn/protocol'
import { overPages, type Page } from './pages.ts'
import type { CallOptions, Transport } from './transport.ts'

type Input<E> = RequestOf<E>

/** What people say about runs, panels and model versions. */
export function commentCalls(transport: Transport) {
  const listPage = async (input: Input<typeof api.listComments>, options?: CallOptions): Promise<Page<api.Comment>> => {
    const { comments = [], next_page_token } = await transport.call(api.listComments, input, options)
    return { items: comments, next_page_token }
  }
  return {
    create: async (input: Input<typeof api.createComment>): Promise<api.Comment> => (await transport.call(api.createComment, input)).comment,
    listPage,
    /** The newest first. */
    list: (input: Omit<Input<typeof api.listComments>, 'page_token'>) => overPages((page_token) => listPage({ ...input, ...(page_token !== undefined && { page_token }) })),
    /** Comments that are not settled, by panel; of an experiment, by its id, or of a run. */
    counts: async (of: string | { readonly run_id: string }, options?: CallOptions): Promise<{ panel: string; count: number }[]> => (await transport.call(api.countComments, typeof of === 'string' ? { experiment_id: of } : of, options)).panels,
    /** Where the caller is mentioned, the newest first. */
    mentions: async (input: Input<typeof api.listMentions> = {}, options?: CallOptions): Promise<api.Comment[]> => (await transport.call(api.listMentions, input, options)).comments,
    /** Whom one could mention. */
    people: async (input: Input<typeof api.listPeople>, options?: CallOptions): Promise<string[]> => (await transport.call(api.listPeople, input, options)).names,
    /** `resolved` settles a thread, `deleted: false` brings a comment back. */
    update: async (input: Input<typeof api.updateComment>): Promise<api.Comment> => (await transport.call(api.updateComment, input)).comment,
    delete: async (comment_id: string, by?: string): Promise<void> => void await transport.call(api.deleteComment, { comment_id, ...(by !== undefined && { by }) }),
  }
}
