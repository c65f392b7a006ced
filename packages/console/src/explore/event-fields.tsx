import type { ReadEvent } from '@agent-audit/log';
import { fieldNames, parseEvent, type WireEvent } from '@agent-audit/search';
import { ListFilterPlus } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { Button } from '../ui/button.tsx';
import { visible } from './event-view.ts';

interface FieldsProps {
  readonly event: ReadEvent;
  readonly onTerm: (field: string, value: string) => void;
}

/** A field of an event, flat: `details.tool`. */
interface FlatField {
  readonly name: string;
  readonly text: string;
  /** Whether a search can ask for this value. */
  readonly isSearchable: boolean;
}

const shownMax = 500;
const depthMax = 6;

/** Every field of an event; those that a search can ask for can be added to it. */
export function EventFields({ event, onTerm }: FieldsProps): ReactNode {
  const flat = useMemo(() => {
    const fields = parseEvent(event.line);
    return fields === undefined ? [] : flatten(fields);
  }, [event]);
  return (
    <dl className="fields">
      {flat.slice(0, shownMax).map(({ name, text, isSearchable }) => (
        <div key={name}>
          <dt className="mono">{visible(name)}</dt>
          <dd>
            <span>{visible(text)}</span>
            {isSearchable && (
              <Button look="quiet" label={`Search for ${visible(name)}`} onClick={() => onTerm(name, text)}>
                <ListFilterPlus size={14} aria-hidden />
              </Button>
            )}
          </dd>
        </div>
      ))}
      {flat.length > shownMax && <p className="faint">{flat.length - shownMax} further fields: see the raw line.</p>}
      <div>
        <dt className="faint">origin</dt>
        <dd className="mono">{visible(event.origin)}</dd>
      </div>
      <div>
        <dt className="faint">brought by</dt>
        <dd>
          {visible(event.agent)}, for {visible(event.tenant)}
        </dd>
      </div>
    </dl>
  );
}

function flatten(event: WireEvent): readonly FlatField[] {
  const found: FlatField[] = [];
  const walk = (value: unknown, name: string, depth: number): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < depthMax) {
      for (const [key, item] of Object.entries(value)) walk(item, name === '' ? key : `${name}.${key}`, depth + 1);
      return;
    }
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const isKnown = name.startsWith('details.') || (fieldNames.includes(name) && name !== 'timestamp' && name !== 'recorded_at');
    found.push({ name, text: isPlain ? String(value) : JSON.stringify(value), isSearchable: isPlain && isKnown && value !== '' });
  };
  walk(event, '', 0);
  return found;
}
