import { parseEvent } from '@agent-audit/search';
import type { LineBatch, Mark } from '../store/store.ts';

/** What is to be known of a line that came in, as the store will say of it. */
export function marksOf(
  line: string,
  { tenant, agent, relayed = false }: Pick<LineBatch, 'tenant' | 'agent' | 'relayed'>,
): readonly Mark[] {
  const event = parseEvent(line);
  const isOther = (name: string, own: string): boolean => {
    const told = event?.[name];
    return typeof told === 'string' && told !== '' && told !== own;
  };
  return [
    ...(event === undefined ? (['NOT_JSON'] as const) : []),
    ...(isOther('tenant_id', tenant) ? (['OTHER_TENANT'] as const) : []),
    ...(isOther('agent_id', agent) ? (['OTHER_AGENT'] as const) : []),
    ...(relayed ? (['RELAYED'] as const) : []),
    ...(event?.['type'] === 'log.erased' ? (['ERASED'] as const) : []),
  ];
}
