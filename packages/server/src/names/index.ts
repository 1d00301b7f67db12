export { generateName } from './generated-name.ts'
export { checkKeyName, checkLength, normalPath } from './key-name.ts'
export { lengthOf, pythonBytes, pythonList, pythonString } from './python-text.ts'
