import { expect, it } from 'vitest';
import { listEndings } from '../../../functions/runtime/outcome.ts';
import { meaningOf } from './meaning.ts';

it.each(listEndings())('says what $outcome: $reason means', (ending) => {
  expect(meaningOf(ending)).toMatch(/^[A-Z].*\.$/);
});

it('has no sentence for an ending that does not exist', () => {
  expect(meaningOf({ outcome: 'done', reason: 'at last' })).toBeUndefined();
});
