import { Search } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { after } from '../clock.ts';
import './name-field.css';

/** Between the last key and the question. */
const typingMs = 250;
/** What the collector takes of a name. */
export const namePartCharsMax = 256;

/** Narrows a list of agents down by a part of their names; undefined: by none. */
export function NameField({ name, onName }: { name: string; onName: (part: string | undefined) => void }): ReactNode {
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name]);
  useEffect(() => {
    if (text === name) return undefined;
    return after(typingMs, () => onName(text === '' ? undefined : text));
  }, [text, name, onName]);
  return (
    <label className="name-field">
      <span className="visually-hidden">Agents whose name has</span>
      <Search size={14} aria-hidden />
      <input
        className="input"
        type="search"
        value={text}
        maxLength={namePartCharsMax}
        placeholder="Name"
        spellCheck={false}
        autoComplete="off"
        onChange={({ target }) => setText(target.value)}
      />
    </label>
  );
}
