/** Whether a collector can store here: the embedded database is an optional package. */
export function canStore(): boolean {
  try {
    return import.meta.resolve('chdb') !== '';
  } catch {
    return false;
  }
}
