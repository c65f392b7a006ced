// Makes elements. Whatever an event says becomes text, never markup: nothing here takes HTML.

/** What an element holds. */
export type Content = Node | string;

/** An element with a class and what it holds; texts are texts. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...content: readonly Content[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.append(...content);
  return made;
}

/** A button. */
export function button(label: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', 'button', label);
  made.type = 'button';
  made.addEventListener('click', onClick);
  return made;
}

/** A list of terms and what they mean. */
export function terms(entries: readonly (readonly [string, ...Content[]])[]): HTMLDListElement {
  return element('dl', 'terms', ...entries.flatMap(([term, ...content]) => [element('dt', '', term), element('dd', '', ...content)]));
}

/** Gives a file to the reader to save. */
export function save(name: string, content: Uint8Array<ArrayBuffer> | string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  const link = element('a', '');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
