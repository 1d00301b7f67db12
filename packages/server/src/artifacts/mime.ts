/**
 * The type that MLflow 3.17.2 answers for a file's name: what people read is `text/plain`, whatever
 * it is besides; the rest by the table of Python 3.11's `mimetypes`.
 */
export function guessMimeType(name: string): string {
  const extension = extensionOf(name)
  if (plain.has(extension === '' ? name : extension.slice(1))) return 'text/plain'
  let stem = name
  let last = extension
  const replaced = suffixes[last.toLowerCase()]
  if (replaced !== undefined) {
    stem = stem.slice(0, -last.length) + replaced
    last = extensionOf(stem)
  }
  if (encodings.has(last)) last = extensionOf(stem.slice(0, -last.length))
  return types.get(last.slice(1).toLowerCase()) ?? 'application/octet-stream'
}

/** As Python's `splitext`: leading dots begin no extension. */
function extensionOf(name: string): string {
  const at = name.lastIndexOf('.')
  return at > 0 && /[^.]/.test(name.slice(0, at)) ? name.slice(at) : ''
}

/** Worth compressing. */
export const isText = (type: string): boolean => /^text\/|json|xml|javascript/.test(type)

const plain = new Set(
  'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb MLmodel mlproject'.split(' '))

const suffixes: Readonly<Record<string, string>> = {
  '.svgz': '.svg.gz', '.tgz': '.tar.gz', '.taz': '.tar.gz', '.tz': '.tar.gz', '.tbz2': '.tar.bz2', '.txz': '.tar.xz',
}
const encodings = new Set(['.gz', '.Z', '.bz2', '.xz', '.br'])

const types = new Map(`
application/javascript js mjs
application/manifest+json webmanifest
application/msword doc dot wiz
application/n-quads nq
application/n-triples nt
application/oda oda
application/pdf pdf
application/pkcs7-mime p7c
application/postscript ps ai eps
application/trig trig
application/vnd.apple.mpegurl m3u m3u8
application/vnd.ms-excel xls xlb
application/vnd.ms-powerpoint ppt pot ppa pps pwz
application/wasm wasm
application/x-bcpio bcpio
application/x-cpio cpio
application/x-csh csh
application/x-dvi dvi
application/x-gtar gtar
application/x-hdf hdf
application/x-hdf5 h5
application/x-latex latex
application/x-mif mif
application/x-netcdf cdf nc
application/x-pkcs12 p12 pfx
application/x-pn-realaudio ram
application/x-python-code pyc pyo
application/x-sh sh
application/x-shar shar
application/x-shockwave-flash swf
application/x-sv4cpio sv4cpio
application/x-sv4crc sv4crc
application/x-tar tar
application/x-tcl tcl
application/x-tex tex
application/x-texinfo texi texinfo
application/x-troff roff t tr
application/x-troff-man man
application/x-troff-me me
application/x-troff-ms ms
application/x-ustar ustar
application/x-wais-source src
application/xml xsl rdf wsdl xpdl
application/zip zip
audio/3gpp 3gp 3gpp
audio/3gpp2 3g2 3gpp2
audio/aac aac adts loas ass
audio/basic au snd
audio/mpeg mp3 mp2
audio/opus opus
audio/x-aiff aif aifc aiff
audio/x-pn-realaudio ra
audio/x-wav wav
image/avif avif
image/bmp bmp
image/gif gif
image/heic heic
image/heif heif
image/ief ief
image/jpeg jpg jpe jpeg
image/png png
image/svg+xml svg
image/tiff tiff tif
image/vnd.microsoft.icon ico
image/x-cmu-raster ras
image/x-portable-anymap pnm
image/x-portable-bitmap pbm
image/x-portable-graymap pgm
image/x-portable-pixmap ppm
image/x-rgb rgb
image/x-xbitmap xbm
image/x-xpixmap xpm
image/x-xwindowdump xwd
message/rfc822 eml mht mhtml nws
text/css css
text/html html htm
text/n3 n3
text/plain bat c h ksh pl srt
text/richtext rtx
text/vtt vtt
text/x-setext etx
text/x-sgml sgm sgml
text/x-vcard vcf
video/mp4 mp4
video/mpeg mpeg m1v mpa mpe mpg
video/quicktime mov qt
video/webm webm
video/x-msvideo avi
video/x-sgi-movie movie
text/plain txt
text/csv csv
text/tab-separated-values tsv
text/x-python py
text/xml xml
application/json json
`.trim().split('\n').flatMap((line) => {
  const [type = '', ...extensions] = line.split(' ')
  return extensions.map((extension) => [extension, type] as const)
}))
