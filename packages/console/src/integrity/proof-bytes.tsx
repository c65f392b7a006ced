import { decodeUtf8, encodeBase64, equalBytes, inert, toHex, utf8 } from '@agent-audit/log';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import type { Inspection, LineEvidence } from './inspect.ts';
import { cliRecipe, goRecipe, opensslRecipe, proofFileNames } from './recipe.ts';
import { saveFile } from './save-file.ts';

/** The bytes behind a proof, each step of it, and how to check it without this page. */
export function ProofBytes({ evidence, inspection }: { evidence: LineEvidence; inspection: Inspection }): ReactNode {
  const { line, proof, vkey } = evidence;
  return (
    <>
      <Section title="Every step, in bytes">
        <h3>The line, {line.length} bytes</h3>
        <pre className="integrity-raw">{inert(decodeUtf8(line) ?? '(not UTF-8; see the base64 below)')}</pre>
        <h3>In base64</h3>
        <pre className="integrity-raw">{encodeBase64(line)}</pre>
        <Steps inspection={inspection} />
        <h3>The proof: its index, hashes and the signed checkpoint</h3>
        <pre className="integrity-raw">{proof.split('\n').map(inert).join('\n')}</pre>
        <h3>The log’s key</h3>
        <pre className="integrity-raw">{inert(vkey)}</pre>
      </Section>
      <Section title="How to check this without us">
        <p className="soft">Save these three files into a folder of their own, and run any of this there. None of it asks anybody.</p>
        <p className="integrity-actions">
          <Button onClick={() => saveFile(proofFileNames.line, Uint8Array.from(line))}>
            <Download size={14} aria-hidden /> {proofFileNames.line}
          </Button>
          <Button onClick={() => saveFile(proofFileNames.proof, utf8(proof))}>
            <Download size={14} aria-hidden /> {proofFileNames.proof}
          </Button>
          <Button onClick={() => saveFile(proofFileNames.key, utf8(`${vkey}\n`))}>
            <Download size={14} aria-hidden /> {proofFileNames.key}
          </Button>
        </p>
        <h3>With agent-audit</h3>
        <pre className="integrity-raw">{cliRecipe(vkey)}</pre>
        <h3>With a shell and OpenSSL: the signature and the leaf</h3>
        <pre className="integrity-raw">{opensslRecipe}</pre>
        <h3>With Go’s packages: all of it</h3>
        <pre className="integrity-raw">{goRecipe}</pre>
        <p className="soft">
          Each step and a whole program stand in <code>docs/verify-without-us.md</code>.
        </p>
      </Section>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <details className="card integrity-details">
      <summary>{title}</summary>
      <div className="integrity-details-body">{children}</div>
    </details>
  );
}

function Steps({ inspection }: { inspection: Inspection }): ReactNode {
  const { path, checkpoint } = inspection;
  if (path === undefined) return null;
  const isLost = checkpoint !== undefined && !equalBytes(path.root, checkpoint.root);
  const rows = [
    { what: 'leaf: SHA-256(00 ‖ line)', hash: path.leaf },
    ...path.steps.map(({ side, sibling, parent }, i) => {
      const short = toHex(sibling).slice(0, 16);
      return { what: `${i + 1}: SHA-256(01 ‖ ${side === 'left' ? `${short}… ‖ below` : `below ‖ ${short}…`})`, hash: parent };
    }),
    ...(checkpoint === undefined ? [] : [{ what: `${isLost ? 'not the ' : ''}root in the checkpoint`, hash: checkpoint.root }]),
  ];
  return (
    <>
      <h3>From the leaf to the root</h3>
      <dl className="integrity-steps">
        {rows.map(({ what, hash }) => (
          <div key={what} className={isLost && hash === checkpoint.root ? 'integrity-lost' : undefined}>
            <dt className="mono">{what}</dt>
            <dd className="mono">{toHex(hash)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
