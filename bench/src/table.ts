/** A Markdown table: the first column to the left, figures to the right, padded so that it reads as plain text too. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number): string => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0));
  const line = (cells: readonly string[]): string => `| ${cells.map(pad).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

const missing = '–';

/** 1071234 → `1,071k`: a rate, in thousands. */
export function thousands(value: number): string {
  if (!Number.isFinite(value)) return missing;
  return value < 10_000 ? `${(value / 1000).toFixed(1)}k` : `${Math.round(value / 1000).toLocaleString('en-US')}k`;
}

/** A number with some decimals and its unit; a dash where there is none. */
export function figure(value: number, decimals: number, unit: string): string {
  return Number.isFinite(value) ? `${value.toFixed(decimals)} ${unit}` : missing;
}

/** How many times as fast: `4.2×`. */
export function times(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)}×` : missing;
}
