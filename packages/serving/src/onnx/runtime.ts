/** What is used of onnxruntime-node, which is installed only where somebody wants it. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(path: string, options: { readonly intraOpNumThreads: number; readonly interOpNumThreads: number; readonly executionMode: 'sequential' }): Promise<OnnxSession>
  }
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OnnxTensor
}

export interface OnnxSession {
  readonly inputMetadata: readonly OnnxValue[]
  readonly outputMetadata: readonly OnnxValue[]
  run(feeds: Readonly<Record<string, OnnxTensor>>, outputs?: readonly string[]): Promise<Readonly<Record<string, OnnxTensor>>>
}

export interface OnnxValue {
  readonly name: string
  readonly isTensor: boolean
  readonly type: string
  /** A text stands for a length that is free. */
  readonly shape: readonly (number | string)[]
}

export interface OnnxTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: ArrayLike<unknown>
}
