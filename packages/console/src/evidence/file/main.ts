// The program within a file of evidence. It verifies everything, then shows it. It asks nobody: it works from a disk, without a network,
// and the file's own policy lets it load nothing.
import { ed25519KeyType, inert, parseVerifierKey, toHex } from '@agent-audit/log';
import { rememberingVerify } from '../../integrity/ed25519.ts';
import { countOf } from '../../integrity/sentence.ts';
import { fingerprint } from '../../integrity/trust.ts';
import { localTime, utcTime } from '../../time.ts';
import { type BundleHead, bundleSum, readBundle } from '../bundle.ts';
import { evidenceOf } from '../template.ts';
import { type BundleVerdict, type KeyVerdict, verifyBundle } from '../verify-bundle.ts';
import { element, terms } from './dom.ts';
import { eventItem } from './event-item.ts';

const proves = [
  'Each event above that holds is, byte for byte, a line that the holder of the log’s key had signed at its place in the log.',
  'Where a witness cosigned, it had seen that very log by the time it says, consistent with all that it had seen of it before.',
  'None of this can be changed afterwards, by the exporter neither, without it showing here.',
];
const provesNot = [
  'That an event is true: an agent can log what did not happen. Its timestamp is the agent’s own word; a witness’s time is not.',
  'That these are all events: the exporter chose them. Lines that are missing here can be asked for, their numbers are the log’s.',
  'Whose the keys are. Compare them with keys that you got elsewhere; above you can put one in.',
  'The question, the exporter’s name and the time of the export: no key signed those.',
  'That this file’s own program is honest. Save an event’s files and check them with another: agent-audit, OpenSSL or Go.',
];

function main(): void {
  const source = document.querySelector('#evidence');
  const page = document.querySelector('#page');
  if (source === null || page === null) return;
  const text = evidenceOf(source.textContent ?? '');
  const verdict = verifyBundle(readBundle(text), rememberingVerify());
  page.replaceChildren(
    ...headOf(verdict, text),
    keysOf(verdict.keys),
    element('h2', '', 'Events'),
    ...verdict.events.map((event, i) => eventItem(event, i + 1, (logId) => vkeyOf(verdict.keys, logId))),
    element('h2', '', 'What this proves'),
    element('ul', 'plain', ...proves.map((one) => element('li', '', one))),
    element('h2', '', 'What it does not prove'),
    element('ul', 'plain', ...provesNot.map((one) => element('li', '', one))),
  );
  document.title = `${verdict.holds ? '✓' : '✗'} ${verdict.head?.title ?? 'Evidence'}`;
}

function headOf({ holds, head, events, problems }: BundleVerdict, text: string): HTMLElement[] {
  const bad = events.filter((event) => !event.holds).length;
  const total = countOf(events.length, 'event');
  const found = holds
    ? `${events.length === 1 ? 'The one event holds' : `All ${total} hold`}.`
    : bad === 0
      ? 'This file was changed.'
      : `${capital(countOf(bad, 'event'))} of ${events.length} ${bad === 1 ? 'does' : 'do'} not hold.`;
  const banner = element('p', holds ? 'verdict good' : 'verdict bad', element('strong', '', `${holds ? '✓' : '✗'} ${found}`));
  banner.id = 'verdict';
  const sum = element('code', '', toHex(bundleSum(text)));
  const others = problems.map((problem) => element('li', '', problem));
  return [
    element('h1', '', head === undefined ? 'Evidence' : inert(head.title)),
    banner,
    ...(others.length > 0 ? [element('ul', 'problems', ...others)] : []),
    ...(head === undefined ? [] : [questionOf(head)]),
    element('p', 'soft sum', 'SHA-256 of this evidence, to compare with what the exporter noted: ', sum),
  ];
}

function questionOf(head: BundleHead): HTMLElement {
  const [since, until] = [head.since, head.until].map((time) => (time === undefined ? undefined : utcTime(Date.parse(time))));
  const range = since === undefined && until === undefined ? 'all time' : `${since ?? 'the beginning'} to ${until ?? 'the export'}`;
  const exportedMs = Date.parse(head.exportedAt);
  const at = element('time', '', localTime(exportedMs));
  at.title = utcTime(exportedMs);
  return terms([
    ['Question', element('code', '', head.search === '' ? '(everything)' : inert(head.search))],
    ['Time', range],
    ['Exported', 'by ', element('strong', '', inert(head.exportedBy)), ` (tenant ${inert(head.tenant)}), `, at],
    ['From', inert(head.collector)],
    ['Completeness', inert(head.completeness), ' (the collector’s word)'],
    ...head.left.map(({ why, events }) => ['Not in here', `${countOf(events, 'event')}: ${inert(why)}`] as const),
  ]);
}

function keysOf(keys: readonly KeyVerdict[]): HTMLElement {
  const input = element('input', 'input');
  input.id = 'known';
  input.autocomplete = 'off';
  input.spellcheck = false;
  const rows = keys.map((verdict) => keyRow(verdict));
  input.addEventListener('input', () => {
    const known = input.value.trim();
    for (const row of rows) row.compare(known);
  });
  const label = element('label', '', 'A key, origin or fingerprint that you got elsewhere');
  label.htmlFor = 'known';
  const table = element('ul', 'keys', ...rows.map(({ row }) => row));
  return element('section', '', element('h2', '', 'Keys'), table, element('p', 'known screen', label, input));
}

interface KeyRow {
  readonly row: HTMLElement;
  readonly compare: (known: string) => void;
}

function keyRow({ key, kind, name }: KeyVerdict): KeyRow {
  const kindText = { log: 'signs the log', witness: 'is a witness', unreadable: 'cannot be read' }[kind];
  const print = fingerprint(key.vkey);
  const match = element('strong', 'match');
  const pinned = key.isPinned ? ' The exporter had pinned it.' : '';
  const texts = [element('code', '', inert(key.vkey)), element('code', '', `SHA-256 ${print}`)];
  const row = element('li', 'key', element('strong', '', inert(name)), ` ${kindText}.${pinned} `, match, ...texts);
  const compare = (known: string): void => {
    const isSame = known !== '' && [key.vkey, name, print, print.replaceAll(' ', '')].includes(known);
    match.textContent = isSame ? '✓ the one that you know' : '';
    row.classList.toggle('good', isSame);
  };
  return { row, compare };
}

function vkeyOf(keys: readonly KeyVerdict[], logId: string): string | undefined {
  const found = keys.find(({ kind, name }) => kind === 'log' && name.endsWith(`/${logId}`));
  return found !== undefined && parseVerifierKey(found.key.vkey).type === ed25519KeyType ? found.key.vkey : undefined;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

main();
