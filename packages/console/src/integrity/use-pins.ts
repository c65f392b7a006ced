// The pins of this browser, in its storage. Every tab sees what another one pins.
import { useSyncExternalStore } from 'react';
import { nowMs } from '../clock.ts';
import { formatPins, parsePins, type Pin, withoutPin, withPin } from './trust.ts';

const storageKey = 'agent-audit.pins';
const listeners = new Set<() => void>();
let known: { readonly text: string | null; readonly pins: readonly Pin[] } = { text: null, pins: [] };

/** The pins, and how to change them. */
export interface Pins {
  readonly pins: readonly Pin[];
  readonly pin: (vkey: string) => void;
  readonly unpin: (vkey: string) => void;
}

/** The pins of this browser. */
export function usePins(): Pins {
  const pins = useSyncExternalStore(subscribe, read);
  return {
    pins,
    pin: (vkey) => write(withPin(read(), vkey, nowMs())),
    unpin: (vkey) => write(withoutPin(read(), vkey)),
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** The same list as long as the same text is stored: React compares it. */
function read(): readonly Pin[] {
  const text = localStorage.getItem(storageKey);
  if (text !== known.text) known = { text, pins: parsePins(text) };
  return known.pins;
}

function write(pins: readonly Pin[]): void {
  localStorage.setItem(storageKey, formatPins(pins));
  for (const listener of listeners) listener();
}
