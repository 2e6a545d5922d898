/**
 * Does each piece of work once: the dedupe by run key of a backend.
 * A key that is being worked on is waited for; a key that failed is free again.
 */
export class RunMemory<T> {
  readonly #runs = new Map<string, Promise<T>>();

  /** The result of `work` under this key; `repeated` when the work had begun, or was done, before this call. */
  async once(key: string, work: () => Promise<T>): Promise<{ result: T; repeated: boolean }> {
    const known = this.#runs.get(key);
    if (known !== undefined) return { result: await known, repeated: true };
    const run = work();
    this.#runs.set(key, run);
    try {
      return { result: await run, repeated: false };
    } catch (error) {
      this.#runs.delete(key);
      throw error;
    }
  }
}
