/**
 * The encoder again, in the plainest words: strings, JSON.stringify, no cache. It takes events of texts and of details that
 * JSON can carry, and that need no cutting of details.
 */
import type { EncodableEvent } from './line.ts';
import type { Scope } from './scope.ts';

/** A text as JSON, with the format's two differences from JSON.stringify: no lone surrogate, and DEL escaped. */
export function jsonOf(value: unknown): string {
  const json = JSON.stringify(value, (_, member: unknown) => (typeof member === 'string' ? wellFormed(member) : member)) ?? 'null';
  return json.replaceAll('\u007f', '\\u007f');
}

/** U+FFFD for each lone surrogate. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/** As much of a text as fits, character by character: `bytesMax` of UTF-8, and twice that with its escapes. */
export function cut(text: string, bytesMax: number): { text: string; cutUnits: number } {
  let kept = '';
  let utf8Bytes = 0;
  let lineBytes = 0;
  for (const character of wellFormed(text)) {
    utf8Bytes += Buffer.byteLength(character);
    lineBytes += Buffer.byteLength(jsonOf(character)) - 2;
    if (utf8Bytes > bytesMax || lineBytes > bytesMax * 2) break;
    kept += character;
  }
  return { text: kept, cutUnits: text.length - kept.length };
}

/** The whole line, with its LF. */
export function referenceLine(seq: number, timeMs: number, event: EncodableEvent, scope: Scope, identity: Scope): string {
  let cutUnits = 0;
  let line = '';
  const put = (name: string, text: string | undefined, bytesMax: number, isRequired = false): void => {
    if ((text === undefined || text === '') && !isRequired) return;
    const kept = cut(text ?? '', bytesMax);
    cutUnits += kept.cutUnits;
    line += `,"${name}":${jsonOf(kept.text)}`;
  };
  const party = (name: string, given: { type: string; id: string; name?: string } | undefined): void => {
    if (given === undefined) return;
    const before = line;
    line = '';
    put('type', given.type, 256);
    put('id', given.id, 256);
    put('name', given.name, 256);
    line = `${before},"${name}":{${line.slice(1)}}`;
  };
  const now = new Date(timeMs).toISOString();
  const given = event.timestamp instanceof Date ? event.timestamp.toISOString() : event.timestamp;
  put('timestamp', given ?? now, 256);
  put('type', event.type, 256);
  put('severity', event.severity ?? 'INFO', 256);
  put('agent_id', event.agentId || scope.agentId || identity.agentId, 256);
  put('tenant_id', event.tenantId || scope.tenantId || identity.tenantId, 256);
  put('job_id', event.jobId || scope.jobId, 256);
  put('report_id', event.reportId || scope.reportId, 256);
  put('message', event.message, 8192, true);
  put('error', event.error as string | undefined, 8192);
  if (event.durationMs !== undefined) line += `,"duration_ms":${JSON.stringify(event.durationMs)}`;
  const details = event.details === undefined ? '{}' : jsonOf(event.details);
  if (details !== '{}') line += `,"details":${details}`;
  put('trace_id', event.traceId || scope.traceId, 256);
  put('span_id', event.spanId || scope.spanId, 256);
  put('parent_span_id', event.parentSpanId || scope.parentSpanId, 256);
  party('actor', event.actor ?? scope.actor);
  party('target', event.target ?? scope.target);
  put('outcome', event.outcome, 256);
  if (given !== undefined) put('recorded_at', now, 256);
  if (event.invalid !== undefined && event.invalid.length > 0) {
    const objections = event.invalid.slice(0, 16).map((objection) => cut(objection, 256));
    for (const objection of objections) cutUnits += objection.cutUnits;
    line += `,"invalid":${jsonOf(objections.map(({ text }) => text))}`;
  }
  if (event.imported !== undefined) {
    const { from, fileSha256, line: number } = event.imported;
    line += `,"imported":${jsonOf({ from, file_sha256: fileSha256, line: number })}`;
  }
  if (cutUnits > 0) line += `,"truncated":{"bytes":${Buffer.byteLength(line) + cutUnits}}`;
  return `{"seq":${seq}${line}}\n`;
}
