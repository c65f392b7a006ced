import type { TokenMade, TokenScope } from '@agent-audit/log';
import { ClipboardCopy, KeyRound } from 'lucide-react';
import { type ReactNode, type SubmitEvent, useId, useState } from 'react';
import { useSession } from '../api/session.ts';
import { nowMs } from '../clock.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useMakeToken } from './access.ts';
import { refusedOf, requestOf, type TokenWish, type WishField, type Wrong, wrongOf } from './token-wish.ts';
import './access.css';

const scopes: readonly { readonly scope: TokenScope; readonly about: string }[] = [
  { scope: 'ingest', about: 'ingest: an agent writes' },
  { scope: 'read', about: 'read: a person searches' },
  { scope: 'admin', about: 'admin: everything, tokens too' },
];
const lifetimes: readonly { readonly days: number; readonly label: string }[] = [
  { days: 1, label: 'a day' },
  { days: 30, label: '30 days' },
  { days: 365, label: 'a year' },
  { days: 0, label: 'until revoked' },
];

interface NewTokenProps {
  /** Those that are known, to choose from. */
  readonly tenants: readonly string[];
  readonly onClose: () => void;
}

/** Asks what a token is to be, and shows its secret, this once. */
export function NewToken({ tenants, onClose }: NewTokenProps): ReactNode {
  const make = useMakeToken();
  return (
    <Dialog title="New token" onClose={onClose}>
      {make.data === undefined ? <TokenForm make={make} tenants={tenants} /> : <Secret made={make.data} onClose={onClose} />}
    </Dialog>
  );
}

const wishAtFirst: TokenWish = { name: '', scope: 'read', tenant: '', agent: '', days: 365 };

interface TokenFormProps {
  readonly make: ReturnType<typeof useMakeToken>;
  readonly tenants: readonly string[];
}

function TokenForm({ make, tenants }: TokenFormProps): ReactNode {
  const { data: principal } = useSession();
  const ofTenant = principal?.tenant ?? '';
  const [wish, setWish] = useState(wishAtFirst);
  const [wrongBefore, setWrongBefore] = useState<Wrong>();
  const change = (changed: Partial<TokenWish>): void => {
    setWish({ ...wish, ...changed });
    setWrongBefore(undefined);
    make.reset();
  };
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const trimmed = { ...wish, name: wish.name.trim(), tenant: wish.tenant.trim(), agent: wish.agent.trim() };
    const wrong = wrongOf(trimmed, ofTenant);
    setWrongBefore(wrong);
    if (wrong === undefined) make.mutate(requestOf(trimmed, nowMs()));
    else event.currentTarget.querySelector<HTMLInputElement>(`[name=${wrong.field}]`)?.focus();
  };
  const wrong = wrongBefore ?? (make.error === null ? undefined : refusedOf(make.error.message));
  const text = (field: WishField): TextFieldProps => ({ field, wish, wrong, onChange: change });
  return (
    <form className="token-form" onSubmit={submit}>
      <TextField {...text('name')} label="Name, for people" required />
      <ScopeField wish={wish} onChange={change} />
      {ofTenant === '*' && (
        <TextField {...text('tenant')} label="Tenant" offers={tenants} hint={wish.scope === 'admin' ? 'Empty: every one' : undefined} />
      )}
      {wish.scope !== 'admin' && <TextField {...text('agent')} label="Only this agent" hint="Empty: all of the tenant's" />}
      <DaysField wish={wish} onChange={change} />
      <p className="field-error" role="alert">
        {wrong?.field === undefined && wrong?.message}
      </p>
      <Button look="main" type="submit" disabled={make.isPending}>
        {make.isPending ? 'Making it…' : 'Make it'}
      </Button>
    </form>
  );
}

interface FieldProps {
  readonly wish: TokenWish;
  readonly onChange: (changed: Partial<TokenWish>) => void;
}

interface TextFieldProps extends FieldProps {
  readonly field: WishField;
  readonly wrong: Wrong | undefined;
}

interface TextFieldWords {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly offers?: readonly string[];
  readonly required?: boolean;
}

function TextField({ field, wish, wrong, onChange, ...words }: TextFieldProps & TextFieldWords): ReactNode {
  const { label, hint, offers = [], required = false } = words;
  const id = useId();
  const said = wrong?.field === field ? wrong.message : '';
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={field}
        className="input"
        value={wish[field]}
        required={required}
        maxLength={100}
        autoComplete="off"
        autoFocus={field === 'name'}
        list={offers.length === 0 ? undefined : `${id}offers`}
        aria-invalid={said !== ''}
        aria-describedby={`${id}hint ${id}wrong`}
        onChange={({ target }) => onChange({ [field]: target.value })}
      />
      {offers.length > 0 && (
        <datalist id={`${id}offers`}>
          {offers.map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
      )}
      <p id={`${id}hint`} className="faint">
        {said === '' && hint}
      </p>
      <p id={`${id}wrong`} className="field-error" role="alert">
        {said}
      </p>
    </div>
  );
}

function ScopeField({ wish, onChange }: FieldProps): ReactNode {
  const id = useId();
  const choose = (value: string): void => {
    const chosen = scopes.find(({ scope }) => scope === value);
    if (chosen !== undefined) onChange({ scope: chosen.scope });
  };
  return (
    <div className="field">
      <label htmlFor={id}>It may</label>
      <select id={id} className="input" value={wish.scope} onChange={({ target }) => choose(target.value)}>
        {scopes.map(({ scope, about }) => (
          <option key={scope} value={scope}>
            {about}
          </option>
        ))}
      </select>
    </div>
  );
}

function DaysField({ wish, onChange }: FieldProps): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Good for</label>
      <select id={id} className="input" value={wish.days} onChange={({ target }) => onChange({ days: Number(target.value) })}>
        {lifetimes.map(({ days, label }) => (
          <option key={days} value={days}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

function Secret({ made, onClose }: { made: TokenMade; onClose: () => void }): ReactNode {
  return (
    <div className="token-form">
      <p>
        <KeyRound size={14} aria-hidden /> Shown this once. The collector keeps only its hash: copy it now.
      </p>
      <pre className="secret">{made.secret}</pre>
      <CopySecret secret={made.secret} />
      <Button look="main" onClick={onClose}>
        I have it
      </Button>
    </div>
  );
}

function CopySecret({ secret }: { secret: string }): ReactNode {
  const [said, setSaid] = useState('Copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(secret);
      setSaid('Copied');
    } catch {
      setSaid('The browser does not allow it here: select it');
    }
  };
  return (
    <Button onClick={() => void copy()}>
      <ClipboardCopy size={14} aria-hidden /> <span aria-live="polite">{said}</span>
    </Button>
  );
}
