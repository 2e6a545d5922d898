/** Replaces what must not be shown. */
export type Redact = (text: string) => string;

const MARK = '[redacted]';
const MIN_LENGTH = 6; // a shorter secret, such as the default password nacos, would blank out ordinary words
const MIN_PIECE = 4; // of a secret that was cut off

/**
 * Hides these secrets wherever they stand in a text: as they are, escaped by JSON (twice where a message that quotes one
 * stands in a line of JSON; signs as \u003d, too), percent-encoded in any case, in base64 at any offset, and in hexadecimal digits; also the
 * beginning of one that was cut off and marked so. It also hides, of any owner, JSON Web Tokens, Nacos' access tokens and the
 * credentials of Basic and Bearer authentication: a backend may quote in its error what it was shown.
 */
export function createRedact(secrets: readonly (string | undefined)[]): Redact {
  const hidden = secrets
    .filter((secret): secret is string => secret !== undefined && secret.length >= MIN_LENGTH)
    .toSorted((one, other) => other.length - one.length); // a secret within another must not leave the other's rest
  const mayHold = createQuickTest(hidden);
  let pattern: RegExp | undefined;
  return (text) => {
    if (!mayHold(text)) return hideForeign(text);
    pattern ??= new RegExp(hidden.flatMap(listSpellings).map(toPattern).join('|'), 'gu');
    return hideForeign(text.replaceAll(pattern, MARK));
  };
}

/** A value of JSON with every text in it redacted, names of members included. */
export function redactAll(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactAll(item, redact));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [redact(name), redactAll(item, redact)]));
}

/** May one of these secrets begin in the text? Spares a cold start the pattern, which takes V8 milliseconds to compile. */
function createQuickTest(secrets: readonly string[]): (text: string) => boolean {
  const isEscaped = secrets.some((secret) => escapeJson(secret) !== secret);
  const beginnings = secrets.flatMap((secret) => {
    const bytes = Buffer.from(secret);
    const base64 = [0, 1, 2].map((offset) => toBase64(bytes, offset).slice(0, MIN_PIECE));
    const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
    return [secret.slice(0, MIN_PIECE), ...base64, ...urlSafe];
  });
  const hex = secrets.map((secret) => Buffer.from(secret).toString('hex', 0, MIN_PIECE));
  return (text) => {
    if (secrets.length > 0 && (isEscaped || /[%+]|\\u/.test(text))) return true;
    const lower = text.toLowerCase();
    return beginnings.some((piece) => text.includes(piece)) || hex.some((piece) => lower.includes(piece));
  };
}

/** How a secret may be spelt: each spelling as patterns, one for each of its characters. */
function listSpellings(secret: string): string[][] {
  const bytes = Buffer.from(secret);
  return [
    Array.from(secret, (character) => `(?:${spellCharacter(character).join('|')})`),
    ...[0, 1, 2].map((offset) => Array.from(toBase64(bytes, offset), spellBase64)),
    Array.from(bytes, spellHex),
  ];
}

function spellCharacter(character: string): string[] {
  const once = escapeJson(character);
  const codes = Array.from({ length: character.length }, (_, at) => spellCode(character.charCodeAt(at))).join('');
  const percent = [...Buffer.from(character)].map((byte) => `%(?:25)?${spellHex(byte)}`).join('');
  return [
    ...new Set([character, once, escapeJson(once)].map(escapePattern)),
    percent,
    codes,
    ...(character === ' ' ? [String.raw`\+`] : []),
  ];
}

const spellCode = (unit: number): string => String.raw`\\{1,4}u${spellHex(unit >> 8)}${spellHex(unit & 0xff)}`;

/** What bytes are in base64 when so many others stand before them, without the characters that also depend on neighbours. */
function toBase64(bytes: Uint8Array, offset: number): string {
  const all = Buffer.concat([Buffer.alloc(offset), bytes]);
  return all.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((all.length * 8) / 6));
}

function spellBase64(character: string): string {
  if (character === '+') return String.raw`(?:[+\-]|%2[bB])`;
  if (character === '/') return String.raw`(?:[\/_]|\\\/|%2[fF])`;
  return character;
}

const spellHex = (byte: number): string =>
  byte
    .toString(16)
    .padStart(2, '0')
    .replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

/** A spelling as a whole, or its beginning before the mark of a cut, where at least a few of its characters are left. */
function toPattern(units: readonly string[]): string {
  const rest = units.slice(MIN_PIECE).reduceRight((after, unit) => `(?:${unit}${after})?`, '');
  return `${units.join('')}|${units.slice(0, MIN_PIECE).join('')}${rest}${CUT}`;
}

/** What is left of a character that the cut went through, and the mark, behind the quotation marks that close before it. */
const CUT = String.raw`(?:(?:\\{1,4}u?[0-9a-fA-F]{0,4}){1,2}|[^\s"'\\\u2026]{0,24})(?=["'\\]*(?:\u2026|\.{3}))`; // \u2026 or three dots mark a cut

const escapePattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

const escapeJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const MIN_FOREIGN = 'basic YTpiYw'.length; // spares the patterns on most names and values
const ACCESS_TOKEN = /(access[_-]?token(?:["'\\]|%22)*\s*(?:[=:]|%3[ad])\s*(?:["'\\]|%22)*)([\w.~+/%=-]+)/gi;
const BEARER = /\b(bearer(?:\s+|%20))((?=[a-z.~+/_-]*\d)[\w.~+/-]{8,}=*|[\w.~+/-]{20,}=*)/gi; // a short word is a credential when it has a digit
const BASIC = /\b(basic(?:\s+|%20))([\w+/-]{6,}={0,2})/gi;
const DOTTED = /(?<![\w-])[\w-]{10,}(?:\.|%2e)[\w-]+(?:(?:\.|%2e)[\w-]*)*/gi; // begins where a word does: each character is looked at once

function hideForeign(text: string): string {
  if (text.length < MIN_FOREIGN) return text;
  const withoutNames = text
    .replaceAll(ACCESS_TOKEN, `$1${MARK}`)
    .replaceAll(BEARER, `$1${MARK}`)
    .replaceAll(BASIC, (all, scheme: string, credentials: string) =>
      Buffer.from(credentials, 'base64').includes(':') ? `${scheme}${MARK}` : all,
    );
  return OBJECT.test(withoutNames) ? withoutNames.replaceAll(DOTTED, hideJwt) : withoutNames;
}

const MAX_HEADER = 1024;
const OBJECT = /e[wy]/; // base64 of { and a quotation mark, a space or a line's end

/** A JSON Web Token, behind whatever letters, and cut before its signature or not: its first part is JSON with an `alg`. */
function hideJwt(text: string): string {
  const [header = ''] = text.split(/[.%]/, 1);
  for (let at = Math.max(0, header.length - MAX_HEADER); at < header.length; at += 1) {
    if (!OBJECT.test(header.slice(at, at + 2))) continue;
    if (/^\{[^]*"alg"/.test(Buffer.from(header.slice(at), 'base64url').toString('latin1')))
      return text.slice(0, at) + MARK;
  }
  return text;
}

/**
 * JSON text with every character escaped that is not seen but acts: DEL and the C1 controls (U+009B begins a terminal's
 * escape sequences), line and paragraph separators (line ends to some readers), and format characters such as those that turn
 * the direction of writing. JSON itself asks for this below U+0020 only. The value stays the same.
 */
export function escapeInvisible(json: string): string {
  return json.replaceAll(INVISIBLE, (character) =>
    Array.from({ length: character.length }, (_, at) => escape(character.charCodeAt(at))).join(''),
  );
}

const INVISIBLE = /[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu;

const escape = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
