import { expect, it } from 'vitest';
import { parseConfigDocument, type ConfigDocument } from '../../functions/runtime/config/parse.ts';
import { loadTask } from '../project.ts';
import { explainConfig } from './explain-config.ts';
import { MASK } from './mask.ts';

const SHARED = `env: dev
grpc:
  bi-api-leke:
    service: bi-api-leke
    timeout: 20s
    tls: { mode: mtls, ca: /ca, cert: /crt, key: /key }
tasks:
  full-order:
    shopIds: ["100001", "100002"]
    lookback: 3d
`;

/** Origin and value by key. */
async function explain(...texts: readonly string[]): Promise<Record<string, [unknown, string]>> {
  const documents = texts.map((text, at) => parseConfigDocument(`${at + 1}.yaml`, text) as ConfigDocument); // none is empty
  const keys = explainConfig(documents, await loadTask('full-order'), 'dev');
  return Object.fromEntries(keys.map(({ key, value, origin }) => [key, [value, origin]]));
}

it('gives each key as written with its line, and defaults as one would write them', async () => {
  expect(await explain(SHARED)).toEqual({
    env: ['dev', '1.yaml:1'],
    'grpc.bi-api-leke.service': ['bi-api-leke', '1.yaml:4'],
    'grpc.bi-api-leke.group': ['DEFAULT_GROUP', 'default'],
    'grpc.bi-api-leke.timeout': ['20s', '1.yaml:5'],
    'grpc.bi-api-leke.tls.mode': ['mtls', '1.yaml:6'],
    'grpc.bi-api-leke.tls.ca': ['/ca', '1.yaml:6'],
    'grpc.bi-api-leke.tls.cert': ['/crt', '1.yaml:6'],
    'grpc.bi-api-leke.tls.key': [MASK, '1.yaml:6'],
    'tasks.full-order.timeout': ['20s', '1.yaml:5'],
    'tasks.full-order.shopIds': [['100001', '100002'], '1.yaml:9'],
    'tasks.full-order.lookback': ['3d', '1.yaml:10'],
    'tasks.full-order.overlap': ['10m', 'default'],
    'tasks.full-order.pageSize': [40, 'default'],
  });
});

it('names the last document that decides a key, also where it takes a whole branch away', async () => {
  const explained = await explain(
    SHARED,
    'grpc: { bi-api-leke: { tls: null } }\ntasks:\n  full-order:\n    lookback: null\n    timeout: 1m\n    paused: false\n',
  );
  expect(explained).toMatchObject({
    'grpc.bi-api-leke.tls.mode': ['mtls', '1.yaml:6'], // a null over a map changes nothing
    'tasks.full-order.lookback': ['30d', '2.yaml:4'],
    'tasks.full-order.timeout': ['1m', '2.yaml:5'],
    'tasks.full-order.paused': [false, '2.yaml:6'],
    'tasks.full-order.shopIds': [['100001', '100002'], '1.yaml:9'],
  });
});

it('refuses what the function would refuse', async () => {
  await expect(explain(SHARED.replace('3d', 'soon'))).rejects.toThrow('1.yaml:10 tasks.full-order.lookback');
});
