// Keeps how many lines the writer of a log said it has, so that all collectors on a store know what is still to come.
import type { Migration } from './migration.ts';

/** The fourth step: one more column of the records. */
export const toldSizes: Migration = {
  version: 4,
  name: 'told sizes',
  statements: ['ALTER TABLE logs ADD COLUMN IF NOT EXISTS told_size Nullable(UInt64)'],
};
