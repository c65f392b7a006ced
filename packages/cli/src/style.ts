import type { Io, Output } from './io.ts';

type Paint = (text: string) => string;

/** Colours, or none. They carry no meaning of their own: everything is said in words as well. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

function paint(open: number, close: number): Paint {
  return (text) => (text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`);
}

const coloured: Style = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  cyan: paint(36, 39),
};

const same: Paint = (text) => text;

/** No colours. */
export const plain: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

/** Colours on a terminal that has them, unless NO_COLOR (https://no-color.org) or --no-color says otherwise. */
export function styleFor(output: Output, { env }: Pick<Io, 'env'>, noColor: boolean): Style {
  const refused = noColor || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return output.isTerminal && !refused ? coloured : plain;
}
