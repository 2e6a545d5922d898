/** What a backend keeps: rows by ID, each in the version that was stored last. */
export class RowStore {
  readonly #versions = new Map<string, number>();

  /** Stores a row unless this very version is there; true when it was new or had changed. */
  upsert(id: string, modifiedMs: number): boolean {
    if (this.#versions.get(id) === modifiedMs) return false;
    this.#versions.set(id, modifiedMs);
    return true;
  }
}
