import { describe, expect, it } from 'vitest';
import { decodeText } from './fallback-file.ts';

const TEXT = 'a: 1 # 淘宝 😀\n';
const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('a file', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['UTF-16, little end first, as Windows saves it', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['UTF-16, big end first', bigEndian(`\uFEFF${TEXT}`)],
  ])('in %s is read', (_, bytes) => {
    expect(decodeText(bytes)).toBe(TEXT);
  });

  it('of no byte is no text', () => {
    expect(decodeText(Buffer.alloc(0))).toBe('');
  });

  it.each([
    ['UTF-16 without a mark', Buffer.from(TEXT, 'utf16le'), 'UTF-16 without a byte order mark, or no text'],
    ['GBK', Buffer.from([0x61, 0x3a, 0x20, 0xcc, 0xd4]), 'bytes that are no UTF-8'],
  ])('in %s is refused by that name', (_, bytes, message) => {
    expect(() => decodeText(bytes)).toThrow(message);
  });
});
