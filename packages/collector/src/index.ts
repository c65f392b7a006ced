export type { Principal, Scope } from './principal.ts';
export type * from './db/database.ts';
export type * from './store/store.ts';
