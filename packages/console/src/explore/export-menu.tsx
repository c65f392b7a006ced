import { exportPath } from '@agent-audit/log';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { apiUrl } from '../api/client.ts';
import { Popover } from '../ui/popover.tsx';
import type { Wanted } from './queries.ts';

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
                href={apiUrl(exportPath, { ...wanted, q: wanted.q === '' ? undefined : wanted.q, format }).href}
                download={`events.${format}`}
                onClick={close}
              >
                <span className="mono">{format}</span>
                <span className="faint">{about[format]}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
