// Which keys the person at this browser trusts: those that they pinned. Pins stay in this browser; the collector never learns of them, and
// what it says cannot change them.
import { hasher, LogError, parseVerifierKey, toHex, utf8 } from '@agent-audit/log';

/** A key that was pinned, of a log or of a witness. */
export interface Pin {
  readonly vkey: string;
  /** RFC 3339, by this browser's clock. */
  readonly pinned_at: string;
}

/** Pins at most: what stands in the browser's storage is read whole. */
export const pinsMax = 1_000;

/** SHA-256 of the vkey's text in hex, four by four: what people compare. `printf %s "$VKEY" | sha256sum` says the same. */
export function fingerprint(vkey: string): string {
  return toHex(hasher.digest(utf8(vkey))).replace(/.{4}(?=.)/g, '$& ');
}

/** The pins of a stored text. What is no pin is left out, so that nothing that somebody else wrote there is trusted by accident. */
export function parsePins(text: string | null): readonly Pin[] {
  const stored = parseJson(text ?? '[]');
  return Array.isArray(stored) ? stored.filter(isPin).slice(0, pinsMax) : [];
}

/** The text to store. */
export function formatPins(pins: readonly Pin[]): string {
  return JSON.stringify(pins);
}

/** With one more key; the same pins where it is pinned already. */
export function withPin(pins: readonly Pin[], vkey: string, nowMs: number): readonly Pin[] {
  if (isPinned(pins, vkey) || pins.length >= pinsMax) return pins;
  return [...pins, { vkey, pinned_at: new Date(nowMs).toISOString() }];
}

/** Without that key. */
export function withoutPin(pins: readonly Pin[], vkey: string): readonly Pin[] {
  return pins.filter((pin) => pin.vkey !== vkey);
}

/** Whether just this key is pinned: its name alone is nothing. */
export function isPinned(pins: readonly Pin[], vkey: string): boolean {
  return pins.some((pin) => pin.vkey === vkey);
}

/** Keys that are pinned under the name of this one, but are others: a new machine, or somebody who pretends to be the old one. */
export function pinnedOthers(pins: readonly Pin[], vkey: string): readonly Pin[] {
  if (isPinned(pins, vkey)) return [];
  const name = holderOf(vkey);
  return pins.filter((pin) => holderOf(pin.vkey) === name);
}

/** Who holds a key, by its name: of a log its agent, without the digits, which are another's for every key. */
function holderOf(vkey: string): string {
  const name = vkey.split('+', 1)[0] ?? '';
  return name.replace(/\/[0-9a-f]{32}$/, '/');
}

function isPin(value: unknown): value is Pin {
  if (typeof value !== 'object' || value === null) return false;
  const { vkey, pinned_at: pinnedAt } = { vkey: undefined, pinned_at: undefined, ...value };
  return typeof vkey === 'string' && typeof pinnedAt === 'string' && isVkey(vkey) && !Number.isNaN(Date.parse(pinnedAt));
}

function isVkey(text: string): boolean {
  try {
    parseVerifierKey(text);
    return true;
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
