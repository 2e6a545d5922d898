import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rulesDocument } from './rules-document.ts';
import { RULES } from './rules.ts';

describe('RULES.md', () => {
  it('is what the rules make of it', async () => {
    expect(await readFile(join(import.meta.dirname, 'RULES.md'), 'utf8')).toBe(rulesDocument());
  });

  it('numbers every rule once, ascending', () => {
    const ids = RULES.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids.filter((id) => !/^K\d{3}$/.test(id))).toEqual([]);
  });
});
