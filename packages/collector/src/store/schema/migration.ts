/**
 * A step of the schema. Once it has landed it is never edited: a change is the next step. Each statement can be run again (`IF NOT
 * EXISTS`, `IF EXISTS`), so that a step that was cut off is simply run once more.
 */
export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** Of tables that hold what was acknowledged: an insert is on the disk when it returns, and so is a merge before its sources go. */
export const durable = 'fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1';
