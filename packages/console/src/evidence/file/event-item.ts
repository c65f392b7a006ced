// One event of the file: green or red, and all that is behind it.
import { encodeBase64, inert, parseLine, parseProof, type RecordedEvent, toHex, utf8 } from '@agent-audit/log';
import type { Part } from '../../integrity/inspect.ts';
import { cliRecipe, proofFileNames } from '../../integrity/recipe.ts';
import { partTitle } from '../../integrity/sentence.ts';
import { localTime, utcTime } from '../../time.ts';
import type { BundleEvent } from '../bundle.ts';
import type { EventVerdict } from '../verify-bundle.ts';
import { button, type Content, element, save, terms } from './dom.ts';

const stateTexts = { holds: 'holds', fails: 'DOES NOT HOLD', unknown: 'may or may not hold', absent: 'is not there' } as const;

/** The event's element; open where it does not hold. */
export function eventItem(verdict: EventVerdict, place: number, vkeyOf: (logId: string) => string | undefined): HTMLElement {
  const { event, holds, failing, inspection } = verdict;
  const read = event === undefined ? undefined : readLine(event);
  const item = element('details', holds ? 'event good' : 'event bad');
  item.open = !holds;
  item.dataset['place'] = String(place);
  const mark = element('span', 'mark', holds ? '✓ holds' : '✗ does not hold');
  const about = read === undefined ? [element('span', 'message', 'This event cannot be read.')] : aboutOf(read);
  item.append(element('summary', '', mark, ...about));
  const where = event === undefined ? '' : `, line ${event.seq} of its log,`;
  if (!holds) item.append(element('p', 'failing', `Event ${place}${where} does not hold: ${failing.join('; ')}.`));
  if (event === undefined) return item;
  const parts = (inspection?.parts ?? []).map(partItem);
  item.append(
    element('ul', 'parts', ...parts),
    heading(holds ? 'The line, as it was signed' : 'The line, as it stands in this file'),
    element('pre', 'raw', inert(new TextDecoder().decode(event.line))),
    behind(event, inspection?.path?.steps.map(({ parent }) => toHex(parent)) ?? []),
    files(event, vkeyOf(event.logId)),
  );
  return item;
}

function aboutOf(read: RecordedEvent): Content[] {
  const ms = Date.parse(read.timestamp);
  const time = Number.isNaN(ms) ? '' : localTime(ms);
  const at = element('time', '', time);
  if (time !== '') at.title = utcTime(ms);
  const message = read.leaf === undefined ? read.message : 'erased: only its hash is left';
  return [
    at,
    element('span', `severity ${read.severity.toLowerCase()}`, read.severity),
    element('code', '', inert(read.type)),
    element('span', 'message', inert(message)),
  ];
}

function readLine(event: BundleEvent): RecordedEvent | undefined {
  try {
    return parseLine(event.line);
  } catch {
    // Stored raw: it is shown as its bytes alone.
    return undefined;
  }
}

function partItem(part: Part): HTMLElement {
  const title = element('strong', '', inert(partTitle(part)));
  return element('li', `part ${part.state}`, title, ` ${stateTexts[part.state]}. `, inert(part.why));
}

function behind(event: BundleEvent, hashes: readonly string[]): HTMLElement {
  const steps = hashes.map((hash, i) => [`step ${i + 1}`, element('code', '', hash)] as const);
  const entries = [
    ['log', element('code', '', event.logId)] as const,
    ['line', element('code', '', String(event.seq))] as const,
    ['leaf', element('code', '', toHex(event.leaf))] as const,
    ...steps,
  ];
  return element(
    'details',
    'behind',
    element('summary', '', 'Hashes and proof'),
    terms(entries),
    element('pre', 'raw', inertLines(event.proof)),
    heading('The line in base64'),
    element('pre', 'raw', encodeBase64(event.line)),
  );
}

function inertLines(text: string): string {
  return text.split('\n').map(inert).join('\n');
}

function files(event: BundleEvent, vkey: string | undefined): HTMLElement {
  const saveAll = (): void => {
    save(proofFileNames.line, Uint8Array.from(event.line));
    save(proofFileNames.proof, utf8(event.proof));
    if (vkey !== undefined) save(proofFileNames.key, `${vkey}\n`);
  };
  const how = element('p', 'soft', 'Checks it without this file: ', element('code', '', cliRecipe(vkey ?? 'VKEY')));
  const names = Object.values(proofFileNames).join(', ');
  return element('div', 'files screen', button(`Save ${names}`, saveAll), how, ...(hasProof(event) ? [] : ['The proof cannot be read.']));
}

function hasProof({ proof }: BundleEvent): boolean {
  try {
    parseProof(proof);
    return true;
  } catch {
    return false;
  }
}

function heading(text: string): HTMLElement {
  return element('h3', '', text);
}
