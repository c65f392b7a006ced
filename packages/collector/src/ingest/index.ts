export { type Clock, systemClock, type Timer } from '../clock.ts';
export type { Body, BodyEncoding } from './body.ts';
export { openCosigner } from './cosigner.ts';
export { Ingest, type IngestOptions, type ProvenConsistency, type ProvenLine, type StoredListener } from './ingest.ts';
export type { Partition } from './committer.ts';
export { defaultIngestLimits, type IngestLimits, type Rate } from './limits.ts';
export { linesToCome, type Liveness, livenessOf, silentMs } from './liveness.ts';
export { ingestRoutes, type IngestRoutesOptions } from './routes.ts';
