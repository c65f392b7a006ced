// What a browser says that it takes, and what it has already: RFC 9110, 12.5.3 and 13.1.2.
import type { Encoding } from './console-files.ts';

/** Whether an encoding may be sent. @param accepted the header Accept-Encoding */
export function accepts(accepted: string | undefined, encoding: Encoding): boolean {
  if (encoding === 'identity') return true;
  const weights = new Map((accepted ?? '').split(',').map(weightOf));
  return (weights.get(encoding) ?? weights.get('*') ?? 0) > 0;
}

function weightOf(item: string): readonly [string, number] {
  const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
  const [, weight = '1'] = /^q=([\d.]+)$/.exec(parameters.find((parameter) => parameter.startsWith('q=')) ?? '') ?? [];
  return [name, Number(weight)];
}

/** Whether one has what goes by this tag. @param had the header If-None-Match */
export function has(had: string | undefined, tag: string): boolean {
  if (had?.trim() === '*') return true;
  return (had ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
}

/** Whether a person asks for a page. @param accepted the header Accept */
export function wantsPage(accepted: string | undefined): boolean {
  return (accepted ?? '').split(',').some((item) => /^\s*text\/html\s*(?:;|$)/i.test(item));
}
