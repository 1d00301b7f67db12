export { generateName } from './generated-name.ts'
export { checkKeyName, checkLength, normalPath } from './key-name.ts'
export { decodePageToken, encodePageToken, wrongPageToken } from './page-token.ts'
export { lengthOf, pythonBytes, pythonList, pythonString } from './python-text.ts'
