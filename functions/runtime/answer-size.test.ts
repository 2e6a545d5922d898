import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { toAnswer } from './answer.ts';
import { listEndings } from './outcome.ts';
import { createRedact } from './redact.ts';
import { RunError } from './run-error.ts';
import { resultOf, TASK, TRIGGER } from '../../test/support/run-result.ts';

const MAX_BYTES = 512;
const SECRET = 's3cret';
const failures = listEndings().filter(({ outcome }) => outcome !== 'done' && outcome !== 'skipped');

/** Texts of every cost per character: 1 byte, escaped quotes, multi-byte, surrogate pairs, lone halves, controls. */
const character = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.constantFrom('a', '"', '\\', '\u0000', '\u001f', 'é', '订', '🪿', '\ud800', '\udc00', SECRET),
);
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.array(character, { maxLength }).map((characters) => characters.join('')),
    fc.tuple(character, fc.nat(maxLength)).map(([one, times]) => one.repeat(times)),
  );
const printable = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.stringMatching(new RegExp(`^[!-~]{1,${maxLength}}$`)),
    fc.constantFrom('"', '\\').map((one) => one.repeat(maxLength)),
  );

const bodyOf = (message: string, field: string, runKey: string, holderKey: string | undefined, n = 0): string => {
  const ending = failures[n % failures.length] ?? { outcome: 'unknown', reason: 'bug' };
  const result = resultOf(ending, {
    trigger: { ...TRIGGER, runKey },
    error: new RunError(ending, message, { field }),
    holder: holderKey === undefined ? undefined : { runKey: holderKey, ageMs: 1e12, ending: undefined },
  });
  return toAnswer(result, TASK, new Date(), createRedact([SECRET])).body;
};

it('an error body has at most 512 bytes and is JSON, whatever its message, field and keys are', () => {
  fc.assert(
    fc.property(
      text(1500),
      text(300),
      printable(256),
      fc.option(printable(256), { nil: undefined }),
      fc.nat(),
      (message, field, runKey, holderKey, n) => {
        const body = bodyOf(message, field, runKey, holderKey, n);
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BYTES);
        expect(JSON.parse(body)).toMatchObject(failures[n % failures.length] ?? {});
        expect((JSON.parse(body) as { message: string }).message).not.toContain(SECRET);
      },
    ),
    {
      numRuns: 400,
      examples: [
        ['', '\u0000'.repeat(300), '"'.repeat(256), '\\'.repeat(256), 0],
        ['\u0000'.repeat(2000), '\ud800'.repeat(300), '"'.repeat(256), undefined, 1],
      ],
    },
  );
});

it('a message that fits is not shortened, one that does not is shortened as little as needed, and marked', () => {
  fc.assert(
    fc.property(text(1500), (message) => {
      const body = bodyOf(message, 'data.window.end', TRIGGER.runKey, undefined);
      const shown = (JSON.parse(body) as { message: string }).message;
      const redacted = message.replaceAll(SECRET, '[redacted]');
      const room = MAX_BYTES - Buffer.byteLength(body);
      if (shown === redacted.toWellFormed() || shown === redacted) return;
      expect(shown.endsWith('…')).toBe(true);
      expect(redacted.startsWith(shown.slice(0, -1))).toBe(true);
      expect(room).toBeLessThan(2 * '\\u0000'.length); // one more character would not have fitted
    }),
    { numRuns: 300 },
  );
});

it('a shortened message never ends in half a character', () => {
  for (const padding of ['', 'a', 'ab', 'abc']) {
    const { message } = JSON.parse(bodyOf(padding + '🪿'.repeat(300), 'f', 'k', undefined)) as { message: string };
    expect(message).toMatch(/🪿…$/u);
    expect(message.isWellFormed()).toBe(true);
  }
});

it('a secret at the edge of what is shown is hidden before the cut, not halved by it', () => {
  for (let at = 330; at < 420; at += 1) {
    expect(bodyOf(`${'x'.repeat(at)}${SECRET}${'y'.repeat(300)}`, 'f', 'k', undefined)).not.toContain('s3c');
  }
});
