// What stands where a secret is expected and is none: a word for nothing, a mask, a reference to what is kept elsewhere, a count, a folder.
import { normalName } from './key-names.ts';

const nothing = /^(?:null|undefined|none|nil|true|false)$/i;
const mask = /^(?:\*{3,}|•{3,})$/;
/** Names only: `${PASSWORD:-hunter2}` and `{{ password | default('hunter2') }}` say a secret. */
const reference = /^(?:\$\{[A-Za-z_][\w.]*\}|(?:\$?\{\{-? ?)[.$]?[A-Za-z_][\w.]* ?-?\}\})$/;
/** As a shell has them, in capitals: `$ecret` and `$A7K2Q` may be passwords. */
const variable = /^\$[A-Z]{2,}[0-9]?(?:_[A-Z]+[0-9]?)*$/;
const count = /^[0-9]{1,3}$/;
const counted = /(?:token|secrets|credentials|cookies)$/;
const folder = /^(?:(?:~|\.{1,2})?\/|[A-Za-z]:[\\/])[\w .,@+~:\\/-]*$/;
const folderNames: ReadonlySet<string> = new Set(['pwd', 'oldpwd']);

/** Whether this is none, under the name of a secret. In prose a full stop or a colon may follow. */
export function tellsNothing(name: string, value: string): boolean {
  const text = value.replace(/[.:]$/, '');
  if (nothing.test(text) || mask.test(text) || reference.test(text) || variable.test(text)) return true;
  const normal = normalName(name);
  // Up to three digits under `token` are its place or how many there are; under `password` they are a password.
  return (counted.test(normal) && count.test(text)) || (folderNames.has(normal) && folder.test(text));
}
