import { CircleHelp, ListFilter, Pause, Play, Radio, RotateCw } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { useMedia } from '../ui/use-media.ts';
import { EventDrawer } from './event-drawer.tsx';
import { placeOf } from './event-view.ts';
import { ExportMenu } from './export-menu.tsx';
import { FacetPanel } from './facet-panel.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Results } from './results.tsx';
import { SearchBox } from './search-box.tsx';
import { TimelinePanel } from './timeline-panel.tsx';
import { type Explore, useExplore } from './use-explore.ts';
import { useKeys } from './use-keys.ts';
import './explore.css';

/** Events, searched: the first page of the console. */
export function ExplorePage(): ReactNode {
  const explore = useExplore();
  const { q, openKey, wanted, events, rows, scroller } = explore;
  const isNarrow = useMedia('(max-width: 760px)');
  const [isHelped, setHelped] = useState(false);
  const [hasFacets, setHasFacets] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const known = useMemo(() => (openKey === undefined ? undefined : rows.at(rows.indexOf(placeOf(openKey)))), [rows, openKey]);
  /** Goes about the rows: they have the keys from then on, and no link that had them before. Whoever reads an event stays in it. */
  const byKey = (act: () => void): void => {
    const isReading = document.activeElement?.closest('.drawer') instanceof Element;
    if (!isReading) scroller.current?.focus({ preventScroll: true });
    act();
  };
  useKeys({
    '/': () => input.current?.select(),
    '?': () => setHelped(true),
    j: () => byKey(() => explore.move(1)),
    k: () => byKey(() => explore.move(-1)),
    l: explore.follow,
    r: explore.refresh,
    Enter: () => byKey(() => explore.openRow(explore.at)),
    Escape: () => explore.open(undefined),
  });

  return (
    <div className="explore">
      <h1 className="visually-hidden">Explore</h1>
      <div className="explore-bar">
        <SearchBox search={q} range={{ since: wanted.since, until: wanted.until }} input={input} onSearch={explore.search} />
        <div className="explore-tools">
          {isNarrow && (
            <Button label="Narrow down" aria-pressed={hasFacets} onClick={() => setHasFacets(!hasFacets)}>
              <ListFilter size={16} aria-hidden />
            </Button>
          )}
          <Tools explore={explore} onHelp={() => setHelped(true)} />
        </div>
      </div>
      <TimelinePanel explore={explore} completeness={events.data?.pages[0]?.completeness} />
      <div className={`explore-body${openKey === undefined ? '' : ' explore-open'}`}>
        {(!isNarrow || hasFacets) && <FacetPanel explore={explore} />}
        <Results explore={explore} isNarrow={isNarrow} />
        {openKey !== undefined && (
          <EventDrawer
            openKey={openKey}
            known={known}
            tab={explore.tab}
            onTab={explore.setTab}
            onClose={() => explore.open(undefined)}
            onOpen={explore.open}
            onTerm={explore.addTerm}
          />
        )}
      </div>
      {isHelped && (
        <HelpDialog
          onClose={() => setHelped(false)}
          onExample={(example) => {
            setHelped(false);
            explore.search(example);
          }}
        />
      )}
    </div>
  );
}

function Tools({ explore, onHelp }: { explore: Explore; onHelp: () => void }): ReactNode {
  const { tail, isPaused, wanted } = explore;
  return (
    <>
      <Button aria-pressed={tail !== undefined} onClick={explore.follow} title="Follow what comes in (l)">
        <Radio size={14} aria-hidden /> Live
      </Button>
      {tail !== undefined && (
        <Button label={isPaused ? 'Go on' : 'Pause'} onClick={() => explore.setPaused(!isPaused)}>
          {isPaused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
        </Button>
      )}
      <Button label="Ask again (r)" onClick={explore.refresh}>
        <RotateCw size={14} aria-hidden />
      </Button>
      <ExportMenu wanted={wanted} />
      <Button look="quiet" label="Keys and searches (?)" onClick={onHelp}>
        <CircleHelp size={16} aria-hidden />
      </Button>
    </>
  );
}
