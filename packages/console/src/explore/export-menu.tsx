import { exportPath } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { apiUrl } from '../api/client.ts';
import { Popover } from '../ui/popover.tsx';
import { parametersOf, type Wanted } from './queries.ts';

const formats = ['ndjson', 'csv', 'parquet'] as const;
const about: Readonly<Record<(typeof formats)[number], string>> = {
  ndjson: 'The raw lines, byte for byte',
  csv: 'For a spreadsheet; formulas are defused',
  parquet: 'For analysis',
};

/** Everything that the search finds, as a file: the browser saves it as it comes. */
export function ExportMenu({ wanted }: { wanted: Wanted }): ReactNode {
  const button = (
    <>
      <Download size={14} aria-hidden />
      <span>Export</span>
    </>
  );
  return (
    <Popover button={button} title="Export what this search finds">
      {(close) => (
        <ul className="export">
          {formats.map((format) => (
            <li key={format}>
              <a
                className="button button-quiet"
                href={apiUrl(exportPath, { ...parametersOf(wanted), format }).href}
                download={`events.${format}`}
                onClick={close}
              >
                <span className="mono">{format}</span>
                <span className="faint">{about[format]}</span>
              </a>
            </li>
          ))}
          <li>
            <Link to="/evidence" search={wanted.q === '' ? {} : { q: wanted.q }} className="button button-quiet" onClick={close}>
              <span>Evidence</span>
              <span className="faint">A file that proves these events to whoever opens it</span>
            </Link>
          </li>
        </ul>
      )}
    </Popover>
  );
}
