// Settings of the database that hold for every statement, whichever adapter sends it.

/** Settings by name. */
export type Settings = Readonly<Record<string, string | number>>;

/** How rows come back, and what no statement may exceed. */
export const commonSettings: Settings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
  // Text that is no UTF-8 comes as it is, and is made U+FFFD by who decodes it, as everywhere in agent-audit.
  output_format_json_validate_utf8: 0,
  // An insert is one block of known rows, and a materialized view that fails fails the insert.
  input_format_parallel_parsing: 0,
  materialized_views_ignore_errors: 0,
  async_insert: 0,
  // No two rows of an insert replace each other: looking for such would cost as much as writing them.
  optimize_on_insert: 0,
  // Merges do that: it would be two more files to sync for each index.
  materialize_skip_indexes_on_insert: 0,
  mutations_sync: 2,
  alter_sync: 2,
};

const settingName = /^[a-z][a-z0-9_]*$/;
const settingText = /^[A-Za-z0-9_.,-]*$/;

/** ` SETTINGS a = 1, b = 'x'`, or nothing. Names and texts are our own words, and are checked to be that. */
export function settingsClause(settings: Settings | undefined): string {
  const entries = Object.entries(settings ?? {});
  if (entries.length === 0) return '';
  const written = entries.map(([name, value]) => {
    if (!settingName.test(name)) throw new TypeError(`${name} is no name of a setting`);
    if (typeof value === 'number') return `${name} = ${value}`;
    if (!settingText.test(value)) throw new TypeError(`${value} is no value of the setting ${name}`);
    return `${name} = '${value}'`;
  });
  return ` SETTINGS ${written.join(', ')}`;
}
