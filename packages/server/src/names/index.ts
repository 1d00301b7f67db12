export { generateName } from './generated-name.ts'
export { checkKeyName, checkLength, normalPath } from './key-name.ts'
export { lengthOf, pythonFloat, pythonList, pythonString } from './python-text.ts'
export { newId } from './new-id.ts'
