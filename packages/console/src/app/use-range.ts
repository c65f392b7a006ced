import { useNavigate, useSearch } from '@tanstack/react-router';
import type { TimeRange } from './range.ts';

/** The time that every page looks at. */
export function useRange(): TimeRange {
  const { since, until } = useSearch({ from: '__root__' });
  return { since, until };
}

/** Looks at another time. */
export function useSetRange(): (range: TimeRange) => void {
  const navigate = useNavigate();
  return ({ since, until }) => void navigate({ to: '.', search: (search) => ({ ...search, since, until }) });
}
