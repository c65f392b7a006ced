// The seed's verbose output: `[2006-01-02 15:04:05] [SEVERITY] type: message`, then `  Error: …`. On stderr, since stdout belongs
// to what the agent itself says (MCP over stdio, for one).
import { writeStandardError } from './disk.ts';

/** What is shown of an event. */
export interface ShownEvent {
  readonly timeMs: number;
  readonly severity: string;
  readonly type: string;
  readonly message: string;
  /** '' where there was none. */
  readonly error: string;
}

/** Shows an event to whoever watches the process. A pipe that takes no more, or nobody at its end, costs the line and nothing else. */
export function showEvent(event: ShownEvent): void {
  writeStandardError(consoleLines(event));
}

/** The line of an event, and the line of its error, each with its LF. */
export function consoleLines({ timeMs, severity, type, message, error }: ShownEvent): string {
  const head = `[${localTime(timeMs)}] [${inert(severity)}] ${inert(type)}: ${inert(message)}\n`;
  return error === '' ? head : `${head}  Error: ${inert(error)}\n`;
}

function localTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Control and bidirectional characters as escapes: no text of an event may move the cursor or turn the line around. */
function inert(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
