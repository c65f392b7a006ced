const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A line of small bars, the highest for the greatest; nothing at all is a blank, and whatever there is can be seen. */
export function sparkline(values: readonly number[]): string {
  const max = Math.max(1, ...values);
  return values.map((value) => (value === 0 ? ' ' : (levels[Math.ceil((value / max) * levels.length) - 1] ?? ''))).join('');
}

/** A bar of at most `columns`, to an eighth of a column; what is more than nothing can be seen. */
export function horizontalBar(value: number, max: number, columns: number): string {
  if (value <= 0 || max <= 0) return '';
  const units = Math.max(1, Math.round((value / max) * columns * eighths.length));
  return '█'.repeat(Math.floor(units / eighths.length)) + (eighths[units % eighths.length] ?? '');
}
