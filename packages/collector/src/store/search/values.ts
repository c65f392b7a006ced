// The values of one statement: each gets a place of its own in the text, and is sent beside it.
import type { Parameter } from '../../db/database.ts';

type PlaceType = 'String' | 'Array(String)' | 'Int64' | 'UInt64' | 'Array(UInt64)';

const bits = new DataView(new ArrayBuffer(8));

/** Hands out places. */
export class Values {
  readonly parameters: Record<string, Parameter> = {};
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A place for a value: `{search_3:String}`. */
  place(type: PlaceType, value: Parameter): string {
    const name = `${this.#prefix}_${this.#count++}`;
    this.parameters[name] = value;
    return `{${name}:${type}}`;
  }

  text(value: string): string {
    return this.place('String', value);
  }

  /** A double, to its last bit: its decimal text would be read less exactly. */
  double(value: number): string {
    bits.setFloat64(0, value);
    return `reinterpretAsFloat64(${this.place('UInt64', bits.getBigUint64(0))})`;
  }
}
