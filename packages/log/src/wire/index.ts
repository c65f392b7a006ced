export * from './paths.ts';
export * from './problem.ts';
export * from './entries.ts';
export * from './enrolment.ts';
export * from './evidence.ts';
export * from './limits.ts';
