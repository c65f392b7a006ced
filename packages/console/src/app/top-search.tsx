import { useNavigate, useRouterState } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type ReactNode, type SubmitEvent, useEffect, useRef } from 'react';

/** A search from any page: it is answered on Explore, which has a line of its own. */
export function TopSearch(): ReactNode {
  const navigate = useNavigate();
  const isExplore = useRouterState({ select: ({ location }) => location.pathname === '/' });
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isExplore) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const isWriting = event.target instanceof Element && event.target.closest('input, textarea, select, dialog') !== null;
      if (isWriting) return;
      event.preventDefault();
      field.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isExplore]);
  if (isExplore) return null;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const q = field.current?.value.trim() ?? '';
    void navigate({ to: '/', search: ({ since, until }) => ({ since, until, ...(q === '' ? {} : { q }) }) });
  };
  return (
    <form className="top-search" role="search" onSubmit={submit}>
      <Search size={14} aria-hidden />
      <input
        ref={field}
        className="input"
        aria-label="Search events"
        aria-keyshortcuts="/"
        placeholder="Search events"
        spellCheck={false}
        autoComplete="off"
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Escape') currentTarget.blur();
        }}
      />
      <kbd aria-hidden>/</kbd>
    </form>
  );
}
