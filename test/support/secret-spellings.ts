const toBase64 = (text: string): string => Buffer.from(text).toString('base64');
const toPercent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const toCode = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
const toHex = (text: string): string => Buffer.from(text).toString('hex');

/** For tests: the ways in which a secret may come to stand in a text, by name. */
export const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in JSON': (secret) => JSON.stringify(secret),
  'in JSON in JSON': (secret) => JSON.stringify(JSON.stringify(secret)),
  'in JSON, every character by its code': (secret) =>
    Array.from({ length: secret.length }, (_, at) => toCode(secret.charCodeAt(at))).join(''),
  'in JSON as Gson writes it': (secret) =>
    JSON.stringify(secret).replaceAll(/[<>&='+/]/g, (sign) => toCode(sign.charCodeAt(0))),
  'as a component of a URL': encodeURIComponent,
  'in a URL, lower-case digits': (secret) =>
    encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
  'every byte percent-encoded': (secret) => toPercent(secret).toUpperCase(),
  'every byte percent-encoded, lower-case digits': toPercent,
  'percent-encoded twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'in a form': (password) => new URLSearchParams({ password }).toString(),
  'in base64': toBase64,
  'in base64 behind one byte': (secret) => toBase64(`a${secret}`),
  'in base64 behind two bytes': (secret) => toBase64(`ab${secret}`),
  'in base64 within more': (secret) => toBase64(`user:${secret}:more`),
  'in base64 for URLs': (secret) => Buffer.from(`ab${secret}`).toString('base64url'),
  'in Basic authentication': (secret) => `Authorization: Basic ${toBase64(`bi-cron:${secret}`)}`,
  'in base64 in a URL': (secret) => encodeURIComponent(toBase64(`user:${secret}`)),
  'in hexadecimal digits': toHex,
  'in upper-case hexadecimal digits': (secret) => toHex(secret).toUpperCase(),
};
