import { toHex } from '@agent-audit/log';
import type { ReactNode } from 'react';
import { count } from '../time.ts';
import type { Inspection } from './inspect.ts';
import type { LineRange, MerklePath } from './merkle-path.ts';
import './merkle-picture.css';

const width = 360;
const middle = width / 2;
const apart = 64;
const rowHeight = 52;
const top = 84;

interface PictureProps {
  readonly inspection: Inspection;
  readonly path: MerklePath;
}

/** The way from the line at the bottom, past its siblings, to the root at the top: where it breaks is red. */
export function MerklePicture({ inspection, path }: PictureProps): ReactNode {
  const { checkpoint, isSigned, parts } = inspection;
  const stateOf = (name: string): string | undefined => parts.find((part) => part.name === name)?.state;
  const arrives = checkpoint !== undefined && toHex(checkpoint.root) === toHex(path.root);
  const isLineBad = stateOf('line') !== 'holds';
  const { steps, leaf, index } = path;
  const height = top + steps.length * rowHeight + 44;
  const yOf = (level: number): number => top + (steps.length - level) * rowHeight;
  const label = `Merkle path: the line ${arrives ? 'leads' : 'does not lead'} to the root that was signed`;
  return (
    <svg className="merkle" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      {steps.map(({ side, sibling, siblingRange }, level) => {
        const x = side === 'left' ? middle - apart : middle + apart;
        return (
          <g key={level}>
            <path className="merkle-edge merkle-edge-side" d={`M${x} ${yOf(level)}L${middle} ${yOf(level + 1)}`} />
            <path className={arrives ? 'merkle-edge' : 'merkle-edge merkle-bad'} d={`M${middle} ${yOf(level)}V${yOf(level + 1)}`} />
            <circle className="merkle-sibling" cx={x} cy={yOf(level)} r={5} />
            <Label x={x} y={yOf(level)} side={side} hash={sibling} range={siblingRange} />
          </g>
        );
      })}
      {steps.slice(0, -1).map(({ parent, parentRange, side }, i) => {
        // The sibling of the level above may stand where this label would: keep to the other side.
        const next = steps[i + 1]?.side ?? side;
        return (
          <g key={toHex(parent)}>
            <circle className={arrives ? 'merkle-node' : 'merkle-node merkle-bad'} cx={middle} cy={yOf(i + 1)} r={6} />
            <Label x={middle} y={yOf(i + 1) - 9} side={next === 'left' ? 'right' : 'left'} hash={parent} range={parentRange} />
          </g>
        );
      })}
      <circle className={isLineBad ? 'merkle-leaf merkle-bad' : 'merkle-leaf'} cx={middle} cy={yOf(0)} r={8} />
      <text className={isLineBad ? 'merkle-title merkle-bad' : 'merkle-title'} x={middle} y={yOf(0) + 24} textAnchor="middle">
        line {count(index)}
      </text>
      <text className="merkle-hash" x={middle} y={yOf(0) + 38} textAnchor="middle">
        {shortHash(leaf)}
      </text>
      <Root path={path} signed={checkpoint?.root} isSigned={isSigned} arrives={arrives} y={yOf(steps.length)} />
    </svg>
  );
}

interface RootProps {
  readonly path: MerklePath;
  readonly signed: Uint8Array | undefined;
  readonly isSigned: boolean;
  readonly arrives: boolean;
  readonly y: number;
}

function Root({ path, signed, isSigned, arrives, y }: RootProps): ReactNode {
  const isGood = arrives && isSigned;
  return (
    <>
      <circle className={isGood ? 'merkle-root' : 'merkle-root merkle-bad'} cx={middle} cy={y} r={10} />
      <circle className={isGood ? 'merkle-core' : 'merkle-core merkle-bad'} cx={middle} cy={y} r={5} />
      <text className={isGood ? 'merkle-title' : 'merkle-title merkle-bad'} x={middle} y={y - 44} textAnchor="middle">
        {isSigned ? `root of ${count(path.size)} ${path.size === 1 ? 'line' : 'lines'}, signed` : 'root, not signed by the log'}
      </text>
      <text className="merkle-hash" x={middle} y={y - 29} textAnchor="middle">
        {signed === undefined ? '' : shortHash(signed)}
      </text>
      <text className={arrives ? 'merkle-hash' : 'merkle-hash merkle-bad'} x={middle} y={y - 15} textAnchor="middle">
        {arrives ? '' : `≠ ${shortHash(path.root)}`}
      </text>
    </>
  );
}

interface LabelProps {
  readonly x: number;
  readonly y: number;
  readonly side: 'left' | 'right';
  readonly hash: Uint8Array;
  readonly range: LineRange;
}

function Label({ x, y, side, hash, range }: LabelProps): ReactNode {
  const at = side === 'left' ? x - 12 : x + 12;
  const anchor = side === 'left' ? 'end' : 'start';
  return (
    <>
      <text className="merkle-hash" x={at} y={y - 1} textAnchor={anchor}>
        {shortHash(hash)}
      </text>
      <text className="merkle-range" x={at} y={y + 11} textAnchor={anchor}>
        {range.end - range.start === 1 ? count(range.start) : `${count(range.start)}–${count(range.end - 1)}`}
      </text>
    </>
  );
}

function shortHash(hash: Uint8Array): string {
  return toHex(hash.subarray(0, 4));
}
