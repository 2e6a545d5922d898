import { expect } from 'vitest';

/** Resolves when a function has read what was sent to it before: by the second turn, that is on its way for sure. */
export async function hasReadAll(url: string): Promise<void> {
  for (const _turn of [1, 2]) expect((await fetch(url)).status).toBe(405);
}
