export { compileRedactor, type RedactOptions, type RedactPattern } from './compile.ts';
export { isEndOf, Redactor } from './redactor.ts';
export { noPlaces, type PathPlaces, stepInto } from './paths.ts';
export type { PersonalValue } from './personal-kinds.ts';
