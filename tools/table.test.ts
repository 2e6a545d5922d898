import { expect, it } from 'vitest';
import { formatTable } from './table.ts';

const TABLE = {
  head: ['task', 'what it is', 'ms'],
  rows: [
    ['full-order', 'the whole order history of every configured shop, nightly', '12.5'],
    ['goods-onsale', 'goods', '7.0'],
  ],
  right: [2],
};
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

it('is as wide as its text where nobody says how wide it may be, without a rule between rows', () => {
  expect(formatTable(TABLE, undefined)).toBe(
    [
      'task          what it is                                                   ms',
      '─'.repeat(77),
      'full-order    the whole order history of every configured shop, nightly  12.5',
      'goods-onsale  goods                                                       7.0',
      '',
    ].join('\n'),
  );
});

it('wraps the widest column at its words to fit the terminal', () => {
  const text = formatTable(TABLE, 72);
  expect(widest(text)).toBeLessThanOrEqual(72);
  expect(text).toMatch(/full-order +the whole order history of every configured shop,? +12.5\n/);
});

it('is a card for each row in a narrow terminal', () => {
  const text = formatTable(TABLE, 40);
  expect(widest(text)).toBeLessThanOrEqual(40);
  expect(text).toContain('full-order\n  what it is  the whole order history');
  expect(text).toContain('goods-onsale\n  what it is  goods\n  ms          7.0\n');
});

it('counts a Chinese character as two columns, and a colour as none', () => {
  const rows = [
    ['\u001B[1mfull-order\u001B[22m', '双11'],
    ['x', 'y'],
  ];
  expect(formatTable({ head: ['task', 'why'], rows }, undefined).split('\n')[1]).toBe('─'.repeat(16));
});

it('parts rows of several lines by an empty one', () => {
  const text = formatTable(
    {
      head: ['a', 'b'],
      rows: [
        ['1', 'x\ny'],
        ['2', 'z'],
      ],
    },
    undefined,
  );
  expect(text.split('\n').slice(2)).toEqual(['1  x', '   y', '', '2  z', '']);
});
