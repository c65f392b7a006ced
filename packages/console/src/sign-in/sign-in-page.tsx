import { type ReactNode, type SubmitEvent, useId, useState } from 'react';
import { Problem } from '../api/problem.ts';
import { useSignIn } from '../api/session.ts';
import { Button } from '../ui/button.tsx';
import './sign-in.css';

interface SignInProps {
  /** Somebody was signed in, and the collector ended it. */
  readonly hasEnded: boolean;
}

/** Asks for a token. It goes to the collector once and is kept nowhere in the browser: the session is a cookie that no script can read. */
export function SignInPage({ hasEnded }: SignInProps): ReactNode {
  const { signIn } = useSignIn();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const fieldId = useId();
  const errorId = useId();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={(event) => void submit(event)}>
        <img src="./icon.svg" alt="" width={40} height={40} />
        <h1>agent-audit</h1>
        <p className="soft">What your agents did, and proof of it.</p>
        {hasEnded && (
          <p className="sign-in-ended" role="status">
            Your session has ended: its token expired or was revoked, the collector was started anew, or nobody looked at anything for
            hours. Sign in, and you are back at the page where you were.
          </p>
        )}
        <div className="field">
          <label htmlFor={fieldId}>Token</label>
          <input
            id={fieldId}
            className="input mono"
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            autoFocus
            required
            value={token}
            aria-invalid={problem !== undefined}
            aria-describedby={errorId}
            onChange={({ target }) => setToken(target.value)}
          />
          <p id={errorId} className="field-error" role="alert">
            {problem}
          </p>
        </div>
        <Button look="main" type="submit" disabled={isBusy || token.trim() === ''}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </Button>
        <p className="faint">
          A token that may read. Whoever runs the collector makes one: <code>agent-audit token create NAME --scope read</code>
        </p>
      </form>
    </main>
  );
}

function explain(error: unknown): string {
  if (!(error instanceof Problem)) return 'Signing in failed for a reason that the console does not know. Reload the page.';
  if (error.status === 401) return 'The collector does not know this token. It may be mistyped, expired or revoked.';
  return sentence(error.message);
}

/** The collector's words, as they begin and end on a page. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
