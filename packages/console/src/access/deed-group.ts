// A page that is open asks again and again. Of the same deed, done again within minutes, the list shows the last and counts the others.
import type { Deed } from './deed.ts';

/** The last of them, and those before it, the last first. */
export interface DeedGroup {
  readonly last: Deed;
  readonly others: readonly Deed[];
}

const apartMsMax = 15 * 60_000;

/** Deeds, the last first, as groups by their last. Exports, sign-ins, changes and refusals stand for themselves. */
export function groupsOf(deeds: readonly Deed[]): readonly DeedGroup[] {
  const groups: { last: Deed; others: Deed[] }[] = [];
  const open = new Map<string, { readonly others: Deed[]; atMs: number }>();
  for (const deed of deeds) {
    const key = JSON.stringify([deed.who, deed.sees, deed.did, deed.what, deed.how]);
    const atMs = Date.parse(deed.at);
    const group = open.get(key);
    if (group !== undefined && isRead(deed) && group.atMs - atMs <= apartMsMax) {
      group.others.push(deed);
      group.atMs = atMs;
      continue;
    }
    const begun = { last: deed, others: [] };
    groups.push(begun);
    open.set(key, { others: begun.others, atMs });
  }
  return groups;
}

function isRead({ type }: Deed): boolean {
  return type === 'events_searched' || type === 'log_read' || type === 'event_proven';
}
