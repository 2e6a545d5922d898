import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SETTINGS } from '../functions/runtime/env.ts';
import type { Setting } from '../functions/runtime/setting.ts';
import { ROOT } from '../tools/project.ts';

const ELSEWHERE = ['FUNCTION_TARGET', 'SSL_CERT_FILE']; // read by the host's entry, and by OpenSSL

/** name -> [meaning, default] */
const documented = new Map(
  [
    ...readFileSync(path.join(ROOT, 'docs/configuration.md'), 'utf8').matchAll(
      /^\| `([A-Z][A-Z0-9_]+)` \| (.*) \| (.*) \|$/gm,
    ),
  ].map(([, name = '', meaning = '', fallback = '']) => [name, [meaning, fallback] as const]),
);
const settings: Setting<unknown>[] = Object.values(SETTINGS);

it('the table of docs/configuration.md has every variable, and no other', () => {
  const names = [...settings.map(({ name }) => name), ...ELSEWHERE];
  expect([...documented.keys()].toSorted()).toEqual(names.toSorted());
});

it.each(settings)('$name is documented with its default, and as a secret when it is one', (setting) => {
  const [meaning, fallback] = documented.get(setting.name) ?? ['', ''];
  expect(fallback).toMatch(setting.isRequired === true ? /^required/ : /^(?:none|`.+`)$/);
  expect(fallback === 'none' || setting.isRequired === true ? undefined : fallback.replaceAll('`', '')).toBe(
    setting.fallback,
  );
  expect(meaning.includes('(secret)')).toBe(setting.isSecret === true);
});
