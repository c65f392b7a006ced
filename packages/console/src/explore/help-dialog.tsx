import type { ReactNode } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import './help-dialog.css';

const keys: readonly (readonly [string, string])[] = [
  ['/', 'write a search'],
  ['j  k', 'next, previous event'],
  ['Enter', 'open the event'],
  ['Esc', 'close what is open'],
  ['l', 'follow what comes in, or stop'],
  ['r', 'ask again'],
  ['?', 'this list'],
];

const examples: readonly (readonly [string, string])[] = [
  ['socket hang up', 'all three words, anywhere'],
  ['"socket hang up"', 'these words in a row'],
  ['severity:>=WARN', 'WARN and worse'],
  ['type:(job_failed OR job_timeout)', 'either of them'],
  ['-agent_id:scanner-7', 'every other agent'],
  ['details.tool:nuclei', 'a fact of the details'],
  ['duration_ms:>5000', 'longer than five seconds'],
  ['message:host*', 'begins so'],
  ['error:*', 'has an error at all'],
];

/** What the keys do, and how searches are written. */
export function HelpDialog({ onClose, onExample }: { onClose: () => void; onExample: (search: string) => void }): ReactNode {
  return (
    <Dialog title="Keys and searches" onClose={onClose}>
      <div className="help">
        <section>
          <h3>Keys</h3>
          <dl>
            {keys.map(([key, about]) => (
              <div key={key}>
                <dt>
                  {key.split('  ').map((each) => (
                    <kbd key={each}>{each}</kbd>
                  ))}
                </dt>
                <dd>{about}</dd>
              </div>
            ))}
          </dl>
        </section>
        <section>
          <h3>Searches</h3>
          <dl>
            {examples.map(([search, about]) => (
              <div key={search}>
                <dt>
                  <button type="button" className="help-example mono" onClick={() => onExample(search)}>
                    {search}
                  </button>
                </dt>
                <dd>{about}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
