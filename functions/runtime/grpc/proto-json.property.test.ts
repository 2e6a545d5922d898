import * as fc from 'fast-check';
import type { Type } from 'protobufjs';
import { expect, test } from 'vitest';
import { listProtos } from '../../../tools/build/compiled-protos-plugin.ts';
import { listTasks, loadTask } from '../../../tools/project.ts';
import { loadDescriptors } from './message-types.ts';
import { loadMethod } from './method.ts';
import { readMessage } from './proto-json.ts';
import { messagesOf } from '../../../test/support/proto-messages.ts';
import { EVERYTHING, throughTheWire } from '../../../test/support/everything-proto.ts';

const requests = (
  await Promise.all(
    listProtos(new URL('../../../protos', import.meta.url).pathname).map(async (file) => {
      const root = await loadDescriptors(file);
      root.resolveAll();
      return root.nestedArray.flatMap(function walk(nested): Type[] {
        if ('fieldsArray' in nested) return [nested as Type];
        return 'nestedArray' in nested ? (nested.nestedArray as (typeof nested)[]).flatMap(walk) : [];
      });
    }),
  )
)
  .flat()
  .filter(({ name }) => name.endsWith('Request'));
const types = new Map([EVERYTHING, ...requests].map((type) => [type.fullName, type]));

test.each(listTasks())('the request of %s is among the types', async (name) => {
  const { rpc } = await loadTask(name);
  const method = await loadMethod(rpc);
  expect([...types.keys()]).toContain(method.requestType().fullName);
});

test.each([...types])('%s: what is read is what is sent', (_name, type) => {
  fc.assert(
    fc.property(messagesOf(type, 3), ({ json, sent }) => {
      expect(throughTheWire(type, JSON.parse(JSON.stringify(json)) as Record<string, unknown>)).toEqual(sent);
    }),
  );
});

test.each([...types])('%s: a field that it does not have is refused wherever it stands', (_name, type) => {
  fc.assert(
    fc.property(messagesOf(type, 2), fc.stringMatching(/^[a-z]{1,8}$/), ({ json }, name) => {
      fc.pre(!Object.hasOwn(type.fields, name));
      const withUnknown = { ...(json as object), [name]: 1 };
      expect(() => readMessage(type, withUnknown, 'data')).toThrow(`data.${name}: expected one of `);
    }),
  );
});
