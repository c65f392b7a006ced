import type { Parameter } from '../db/database.ts';
import type { Visible } from '../principal.ts';

/** A condition with the values of its places. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** The rows that somebody may see. */
export function visibleCondition({ tenant, agent }: Visible): Condition {
  const parts = [
    ...(tenant === undefined ? [] : ['tenant = {visible_tenant:String}']),
    ...(agent === undefined ? [] : ['agent = {visible_agent:String}']),
  ];
  return {
    sql: parts.length === 0 ? '1' : parts.join(' AND '),
    parameters: {
      ...(tenant === undefined ? {} : { visible_tenant: tenant }),
      ...(agent === undefined ? {} : { visible_agent: agent }),
    },
  };
}
