// The searches that were made in this browser, the newest first. A browser that keeps nothing is no reason to fail.
const storageKey = 'agent-audit.searches';
const keptMax = 30;

/** The searches that were made here. */
export function pastSearches(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string').slice(0, keptMax) : [];
  } catch {
    return [];
  }
}

/** Remembers a search. */
export function rememberSearch(search: string): void {
  if (search.trim() === '') return;
  const searches = [search, ...pastSearches().filter((past) => past !== search)].slice(0, keptMax);
  try {
    localStorage.setItem(storageKey, JSON.stringify(searches));
  } catch {
    // Private windows and full storages: the search itself went through.
  }
}

/** Forgets all of them: whoever comes next at this screen is somebody else. */
export function forgetSearches(): void {
  try {
    localStorage.removeItem(storageKey);
  } catch {
    // Nothing was kept.
  }
}
