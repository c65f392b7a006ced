import type { SearchError } from '@agent-audit/search';
import { History, Search, X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { type Completion, completionsOf, fieldToAsk, wordAt } from './completions.ts';
import { pastSearches, rememberSearch } from './history.ts';
import { useValues, type Wanted } from './queries.ts';
import { understand } from './query-edit.ts';
import './search-box.css';

interface SearchBoxProps {
  /** The search that is shown. */
  readonly search: string;
  readonly range: Pick<Wanted, 'since' | 'until'>;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onSearch: (search: string) => void;
}

/** What is being written, and what can be done with it. */
interface Writing {
  readonly text: string;
  readonly offers: readonly Completion[];
  readonly isListed: boolean;
  /** The offer that the keys are at; -1: none. */
  readonly chosen: number;
  /** What is wrong with it, once it was tried. */
  readonly wrong: SearchError | undefined;
  readonly write: (text: string, caret: number) => void;
  readonly setCaret: (caret: number) => void;
  readonly setOpen: (isOpen: boolean) => void;
  readonly submit: (wanted: string) => void;
  readonly take: (offer: Completion) => void;
  readonly step: (by: number) => void;
}

function useWriting({ search, range, input, onSearch }: SearchBoxProps): Writing {
  const [text, setText] = useState(search);
  const [caret, setCaret] = useState(search.length);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [isTried, setTried] = useState(false);
  useEffect(() => {
    setText(search);
    setTried(!understand(search).ok);
  }, [search]);
  const caretWanted = useRef<number>(undefined);
  useLayoutEffect(() => {
    // With the text itself, and not a moment later: whoever writes on at once would have the caret taken back from under the next letters.
    const at = caretWanted.current;
    caretWanted.current = undefined;
    if (at !== undefined) input.current?.setSelectionRange(at, at);
  });
  const word = wordAt(text, caret);
  const values = useValues(isOpen ? fieldToAsk(word) : undefined, range);
  const offers = text === '' ? pastOffers() : completionsOf(word, values);
  const read = understand(text);
  return {
    text,
    offers,
    chosen,
    isListed: isOpen && offers.length > 0,
    wrong: isTried && !read.ok ? read.error : undefined,
    setCaret,
    setOpen,
    write(written, at) {
      setText(written);
      setCaret(at);
      setOpen(true);
      setChosen(-1);
      setTried(false);
    },
    submit(wanted) {
      setText(wanted);
      setOpen(false);
      setChosen(-1);
      const isUnderstood = understand(wanted).ok;
      setTried(!isUnderstood);
      if (!isUnderstood) return;
      rememberSearch(wanted.trim());
      onSearch(wanted.trim());
    },
    take(offer) {
      const applied = offer.apply(text);
      setText(applied.search);
      setCaret(applied.caret);
      setChosen(-1);
      caretWanted.current = applied.caret;
      input.current?.focus();
    },
    step(by) {
      setOpen(true);
      setChosen((index) => ((index + 1 + by + offers.length + 1) % (offers.length + 1)) - 1);
    },
  };
}

/** Keys of the line; those that are not its own are left to the browser. */
function onKey(event: KeyboardEvent<HTMLInputElement>, writing: Writing): void {
  const { text, offers, isListed, chosen } = writing;
  const offer = isListed ? offers[chosen] : undefined;
  if (event.key === 'Enter') {
    if (offer === undefined) writing.submit(text);
    else writing.take(offer);
  } else if (event.key === 'Tab') {
    const best = isListed && !event.shiftKey && text !== '' ? (offer ?? offers[0]) : undefined;
    if (best === undefined) return;
    writing.take(best);
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    writing.step(event.key === 'ArrowDown' ? 1 : -1);
  } else if (event.key === 'Escape') {
    if (isListed) writing.setOpen(false);
    else event.currentTarget.blur();
    event.stopPropagation();
  } else return;
  event.preventDefault();
}

/** Where searches are written, in the one grammar, with what could come next and with what is wrong. */
export function SearchBox(props: SearchBoxProps): ReactNode {
  const writing = useWriting(props);
  const { text, offers, isListed, chosen, wrong } = writing;
  const listId = useId();
  return (
    <div className="search">
      <div className="search-line" data-wrong={wrong !== undefined}>
        <Search size={16} aria-hidden />
        <input
          ref={props.input}
          className="search-input mono"
          type="text"
          role="combobox"
          aria-label="Search"
          aria-expanded={isListed}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={isListed && chosen >= 0 ? `${listId}-${chosen}` : undefined}
          aria-invalid={wrong !== undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="search"
          placeholder="severity:>=WARN type:upload_failed “socket hang up”"
          value={text}
          onFocus={() => writing.setOpen(true)}
          onBlur={() => writing.setOpen(false)}
          onKeyDown={(event) => onKey(event, writing)}
          onSelect={({ currentTarget }) => writing.setCaret(currentTarget.selectionStart ?? 0)}
          onChange={({ target }) => writing.write(target.value, target.selectionStart ?? target.value.length)}
        />
        {text === '' ? (
          <kbd aria-hidden>/</kbd>
        ) : (
          <Button look="quiet" label="Clear the search" onClick={() => writing.submit('')}>
            <X size={14} aria-hidden />
          </Button>
        )}
      </div>
      {isListed && <OfferList id={listId} offers={offers} chosen={chosen} isPast={text === ''} take={writing.take} />}
      {wrong !== undefined && <Wrong text={text} error={wrong} fix={writing.submit} />}
    </div>
  );
}

function pastOffers(): readonly Completion[] {
  return pastSearches()
    .slice(0, 8)
    .map((past) => ({ text: past, about: '', apply: () => ({ search: past, caret: past.length }) }));
}

interface OfferListProps {
  readonly id: string;
  readonly offers: readonly Completion[];
  readonly chosen: number;
  readonly isPast: boolean;
  readonly take: (offer: Completion) => void;
}

function OfferList({ id, offers, chosen, isPast, take }: OfferListProps): ReactNode {
  return (
    <ul id={id} className="search-offers" role="listbox" aria-label={isPast ? 'Earlier searches' : 'Completions'}>
      {offers.map((offer, index) => (
        <li
          key={offer.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          // Before the input loses the focus, which would close the list.
          onPointerDown={(event) => {
            event.preventDefault();
            take(offer);
          }}
        >
          {isPast && <History size={14} aria-hidden />}
          <span className="mono">{offer.text}</span>
          <span className="faint">{offer.about}</span>
        </li>
      ))}
    </ul>
  );
}

/** What is wrong, under the very characters; as the command line says it. */
function Wrong({ text, error, fix }: { text: string; error: SearchError; fix: (fixed: string) => void }): ReactNode {
  const { column, length, suggestion } = error;
  const start = column - 1;
  return (
    <div className="search-wrong" role="alert">
      <pre aria-hidden>{`${text}\n${' '.repeat(start)}${'^'.repeat(Math.max(1, length))}`}</pre>
      <p>
        {error.message} <code className="faint">{error.code}</code>
      </p>
      {suggestion !== undefined && (
        <Button onClick={() => fix(text.slice(0, start) + suggestion + text.slice(start + length))}>
          Search for <span className="mono">{suggestion}</span> instead
        </Button>
      )}
    </div>
  );
}
