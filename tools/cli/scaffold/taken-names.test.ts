import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nameTask } from './names.ts';
import { refuseTakenNames } from './names.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'bi-cron-names-'));
  mkdirSync(path.join(root, 'protos/bi/wdt/v1'), { recursive: true });
  writeFileSync(
    path.join(root, 'protos/bi/wdt/v1/stock.proto'),
    'message RefundSyncRequest {\n  message Refund {}\n}\n',
  );
});
afterEach(() => rmSync(root, { recursive: true }));

it.each([
  ['stock', 'bi-api-wdt', 'task: expected a new name, but protos/bi/wdt/v1/stock.proto exists'],
  [
    'refund-sync',
    'bi-api-wdt',
    'task: expected a new name, but protos/bi/wdt/v1/stock.proto has message RefundSyncRequest',
  ],
])('refuses %s of %s', (task, backend, message) => {
  expect(() => refuseTakenNames(nameTask(task, backend), root)).toThrow(message);
});

it('refuses a folder that holds anything, and a manifest without a folder', () => {
  mkdirSync(path.join(root, 'functions/refunds'), { recursive: true });
  mkdirSync(path.join(root, 'knative/base'), { recursive: true });
  writeFileSync(path.join(root, 'knative/base/base.yaml'), '');
  expect(() => refuseTakenNames(nameTask('refunds', 'bi-api-wdt'), root)).toThrow('functions/refunds exists');
  expect(() => refuseTakenNames(nameTask('base', 'bi-api-wdt'), root)).toThrow('knative/base/base.yaml exists');
});

it.each([
  ['refund-sync', 'bi-api-leke'], // another package
  ['refund', 'bi-api-wdt'], // only a message inside of another
  ['broker', 'bi-api-wdt'],
])('takes %s of %s', (task, backend) => {
  expect(() => refuseTakenNames(nameTask(task, backend), root)).not.toThrow();
});
