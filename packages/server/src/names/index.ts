export { generateName } from './generated-name.ts'
export { checkKeyName, checkLength, normalPath } from './key-name.ts'
export { lengthOf, pythonList, pythonString } from './python-text.ts'
