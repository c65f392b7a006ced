// Places that are always redacted, as a tree: what is at `details.user.ssn` is found step by step while details are written.

/** A step of a path. */
export interface PathNode {
  /** Whether a path ends here. */
  isEnd: boolean;
  readonly next: Map<string, PathNode>;
}

/** The places that a value is at, in as many paths as go through it. */
export type PathPlaces = readonly PathNode[];

/** Where no path leads. */
export const noPlaces: PathPlaces = [];

/** The tree of these paths, each a list of steps; `*` stands for any one step. */
export function pathTree(paths: readonly (readonly string[])[]): PathNode {
  const root: PathNode = { isEnd: false, next: new Map() };
  for (const steps of paths) {
    let node = root;
    for (const step of steps) {
      const next: PathNode = node.next.get(step) ?? { isEnd: false, next: new Map() };
      node.next.set(step, next);
      node = next;
    }
    node.isEnd = true;
  }
  return root;
}

/** Where one step leads. */
export function stepInto(places: PathPlaces, step: string): PathPlaces {
  if (places.length === 0) return noPlaces;
  const reached: PathNode[] = [];
  for (const { next } of places) {
    for (const node of [next.get(step), next.get('*')]) if (node !== undefined) reached.push(node);
  }
  return reached.length === 0 ? noPlaces : reached;
}
