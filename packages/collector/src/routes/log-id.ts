/** Whether a text is the id of a log: the 32 hex digits of its origin. */
export function isLogId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
