import type { SearchError } from '@agent-audit/search';
import { History, Search, X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { type Completion, completionsOf, fieldToAsk, wordAt } from './completions.ts';
import { pastSearches, rememberSearch } from './history.ts';
import { useValues, type Wanted } from './queries.ts';
import { understand } from './query-edit.ts';
import './search-box.css';

interface SearchBoxProps {
  /** The search that is shown. */
  readonly search: string;
  readonly range: Omit<Wanted, 'q'>;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onSearch: (search: string) => void;
}

/** Where searches are written, in the one grammar, with what could come next and with what is wrong. */
export function SearchBox({ search, range, input, onSearch }: SearchBoxProps): ReactNode {
  const [text, setText] = useState(search);
  const [caret, setCaret] = useState(search.length);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [isTried, setTried] = useState(false);
  const listId = useId();
  useEffect(() => setText(search), [search]);

  const word = wordAt(text, caret);
  const values = useValues(isOpen ? fieldToAsk(word) : undefined, range);
  const offers = text === '' ? pastOffers() : completionsOf(word, values);
  const read = understand(text);
  const isListed = isOpen && offers.length > 0;

  const submit = (wanted: string): void => {
    setOpen(false);
    setChosen(-1);
    const isUnderstood = understand(wanted).ok;
    setTried(!isUnderstood);
    if (!isUnderstood) return;
    rememberSearch(wanted.trim());
    onSearch(wanted.trim());
  };
  const take = (offer: Completion): void => {
    const applied = offer.apply(text);
    setText(applied.search);
    setCaret(applied.caret);
    setChosen(-1);
    const field = input.current;
    field?.focus();
    requestAnimationFrame(() => field?.setSelectionRange(applied.caret, applied.caret));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const offer = isListed ? offers[chosen] : undefined;
    if (event.key === 'Enter') {
      event.preventDefault();
      if (offer === undefined) submit(text);
      else take(offer);
    } else if (event.key === 'Tab' && isListed && !event.shiftKey && text !== '') {
      const best = offer ?? offers[0];
      if (best === undefined) return;
      event.preventDefault();
      take(best);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      setChosen((index) => (index + (event.key === 'ArrowDown' ? 1 : -1) + offers.length + 1) % (offers.length + 1));
    } else if (event.key === 'Escape') {
      if (isListed) setOpen(false);
      else input.current?.blur();
      event.stopPropagation();
    }
  };

  return (
    <div className="search">
      <div className="search-line" data-wrong={isTried && !read.ok}>
        <Search size={16} aria-hidden />
        <input
          ref={input}
          className="search-input mono"
          type="text"
          role="combobox"
          aria-label="Search"
          aria-expanded={isListed}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={isListed && chosen >= 0 ? `${listId}-${chosen}` : undefined}
          aria-invalid={isTried && !read.ok}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="search"
          placeholder="severity:>=WARN type:upload_failed “socket hang up”"
          value={text}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart ?? 0)}
          onChange={({ target }) => {
            setText(target.value);
            setCaret(target.selectionStart ?? target.value.length);
            setOpen(true);
            setChosen(-1);
            setTried(false);
          }}
        />
        {text === '' ? (
          <kbd aria-hidden>/</kbd>
        ) : (
          <Button
            look="quiet"
            label="Clear the search"
            onClick={() => {
              setText('');
              submit('');
            }}
          >
            <X size={14} aria-hidden />
          </Button>
        )}
      </div>
      {isListed && <OfferList id={listId} offers={offers} chosen={chosen} isPast={text === ''} take={take} />}
      {isTried && !read.ok && <Wrong text={text} error={read.error} fix={(fixed) => submit(fixed)} />}
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
