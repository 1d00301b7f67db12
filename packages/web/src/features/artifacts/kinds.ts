/** Which viewer opens a file; `binary` is what has none. */
export type ViewerKind = 'image' | 'table' | 'json' | 'text' | 'markdown' | 'notebook' | 'pdf' | 'audio' | 'video' | 'html' | 'numpy' | 'mlmodel' | 'onnx' | 'binary'

const byExtension: Readonly<Record<string, ViewerKind>> = Object.fromEntries(([
  ['image', 'png jpg jpeg gif webp avif bmp ico svg apng'],
  ['table', 'csv tsv tab parquet arrow feather ipc arrows'],
  ['json', 'json geojson webmanifest'],
  ['markdown', 'md markdown'],
  ['notebook', 'ipynb'],
  ['pdf', 'pdf'],
  ['audio', 'wav mp3 ogg oga m4a flac aac opus'],
  ['video', 'mp4 webm mov m4v ogv'],
  ['html', 'html htm xhtml'],
  ['numpy', 'npy npz'],
  ['onnx', 'onnx'],
  ['binary', 'pkl pickle joblib pt pth ckpt h5 hdf5 bin safetensors gz bz2 xz zip tar tgz 7z exe dll so whl jar model ubj cbm pb tflite gguf sqlite db woff woff2 ttf'],
] as const).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind])))

export function viewerOf(path: string): ViewerKind {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name === 'MLmodel') return 'mlmodel'
  const dot = name.lastIndexOf('.')
  // Whatever has no known ending is tried as text, which says so when it is none.
  return dot < 0 ? 'text' : byExtension[name.slice(dot + 1).toLowerCase()] ?? 'text'
}
