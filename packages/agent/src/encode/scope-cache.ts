import type { Redactor } from '../redact/index.ts';
import { fieldNames } from './field-names.ts';
import { FieldWriter } from './fields.ts';
import { Page } from './page.ts';
import { merged, readScope, type Scope, type ScopeTexts } from './scope.ts';
import { slackBytes } from './text.ts';

/** More than a scope's fields can take: thirteen of at most 512 bytes each, and their names. */
const scopeBytesMax = 8_192;

/** A scope's fields as they stand on every line of it. */
export interface PreparedScope {
  /** agent_id to report_id, and the name of the message. */
  readonly ids: Uint8Array;
  /** trace_id to target. */
  readonly links: Uint8Array;
  readonly cutUnits: number;
  readonly objections: readonly string[];
}

/** Prepares each scope once: `withContext` binds one and then logs through it again and again. */
export class ScopeCache {
  readonly #writer: FieldWriter;
  #prepared = new WeakMap<Scope, PreparedScope>();
  #identity: ScopeTexts = readScope({});
  #bare: PreparedScope;
  #lastScope: Scope | undefined;
  #last: PreparedScope;

  constructor(redactor: Redactor | undefined) {
    this.#writer = new FieldWriter(new Page(scopeBytesMax + slackBytes), redactor);
    this.#bare = this.#prepare(this.#identity);
    this.#last = this.#bare;
  }

  /** What scopes leave open is the identity's, from now on. */
  setIdentity(identity: Scope): void {
    this.#identity = readScope(identity);
    this.#prepared = new WeakMap();
    this.#bare = this.#prepare(this.#identity);
    this.#lastScope = undefined;
    this.#last = this.#bare;
  }

  /** The fields of a scope; of the identity alone for undefined. */
  prepared(scope: Scope | undefined): PreparedScope {
    if (scope === this.#lastScope) return this.#last;
    this.#last = scope === undefined ? this.#bare : this.#remembered(scope);
    this.#lastScope = scope;
    return this.#last;
  }

  /** Whose an event is: what it says itself, then its scope's, then the identity's. */
  texts(event: Scope, scope: Scope | undefined): ScopeTexts {
    const own = readScope(event);
    return merged(scope === undefined ? own : merged(own, readScope(scope)), this.#identity);
  }

  #remembered(scope: Scope): PreparedScope {
    const known = this.#prepared.get(scope);
    if (known !== undefined) return known;
    const prepared = this.#prepare(merged(readScope(scope), this.#identity));
    this.#prepared.set(scope, prepared);
    return prepared;
  }

  /** Runs none of the caller's code: that was done in reading. */
  #prepare(texts: ScopeTexts): PreparedScope {
    const writer = this.#writer;
    const { page } = writer;
    writer.begin(page);
    const ids = fieldNames.message.write(page, writer.ids(0, texts));
    const links = writer.links(ids, texts);
    return {
      ids: new Uint8Array(page.bytes.subarray(0, ids)),
      links: new Uint8Array(page.bytes.subarray(ids, links)),
      cutUnits: writer.cutUnits,
      objections: [...writer.objections],
    };
  }
}
