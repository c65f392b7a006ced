/** The last line of a terminal, which changes, and lines that come to stand above it. Into a pipe only those. */
export class StatusLine {
  readonly #text: () => string;
  readonly #isLive = process.stdout.isTTY && process.env['TERM'] !== 'dumb';
  #timer: NodeJS.Timeout | undefined;

  /** @param text what the line says now, in so many columns at most */
  constructor(text: (columns: number) => string) {
    this.#text = () => text((process.stdout.columns || columnsByDefault) - 1);
    if (this.#isLive) this.#timer = setInterval(() => this.draw(), drawMs);
  }

  /** Shows how it is now. */
  draw(): void {
    if (this.#timer !== undefined) process.stdout.write(`${wipe}${this.#text()}`);
  }

  /** Says something that stays. */
  say(line: string): void {
    process.stdout.write(`${this.#isLive ? wipe : ''}${line}\n`);
    this.draw();
  }

  /** Takes the line away. */
  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.stdout.write(wipe);
  }
}

const wipe = '\r\u001b[2K';
const drawMs = 1_000;
const columnsByDefault = 80;
