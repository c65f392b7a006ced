import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { count } from '../time.ts';
import { Facets } from './facets.tsx';
import { quickFields, slowFields, useCount, useFacets, type Wanted } from './queries.ts';
import type { Explore } from './use-explore.ts';

/** Of more events, what must be read from every line is counted when somebody asks for it: in ten million it takes seconds. */
const eventsReadMax = 250_000;

/** The most frequent values of what was found, to narrow it down by. */
export function FacetPanel({ explore: { wanted, around, isAsked, read, search } }: { explore: Explore }): ReactNode {
  const [asked, setAsked] = useState<Wanted>();
  const total = useCount(around, isAsked);
  const quick = useFacets(around, quickFields, isAsked);
  const isMany = total.data !== undefined && total.data > eventsReadMax;
  const isFew = total.data !== undefined && !total.isPlaceholderData && !isMany;
  const isLeft = isMany && asked !== wanted;
  const slow = useFacets(around, slowFields, isAsked && quick.isSuccess && (isFew || asked === wanted));
  const facets = [...(quick.data?.facets ?? []), ...(isLeft ? [] : (slow.data?.facets ?? []))];
  const failed = [quick, slow].find(({ isError }) => isError);
  return (
    <nav className="explore-facets" aria-label="Narrow down" aria-busy={quick.isFetching || slow.isFetching}>
      {quick.data !== undefined && read.ok && <Facets facets={facets} query={read.query} onSearch={search} />}
      {quick.data !== undefined && isLeft && (
        <Button look="quiet" title={`Reads each of the ${count(total.data)} events`} onClick={() => setAsked(wanted)}>
          Count tools
        </Button>
      )}
      {slow.isFetching && <p className="facets-wait" role="status">Counting tools…</p>}
      {failed !== undefined && <p className="facets-error">The values could not be read: {failed.error?.message}</p>}
    </nav>
  );
}
