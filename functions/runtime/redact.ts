/** Replaces what must not be seen. */
export type Redact = (text: string) => string;

const MIN_LENGTH = 6; // a shorter secret, such as the default password nacos, would blank out ordinary words

/** A JSON Web Token, whosever it is: a backend may quote in its error what it was shown. */
const JWT = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/**
 * Hides these secrets wherever they stand in a text: as they are, percent-encoded, or escaped by JSON, twice where a
 * message that quotes one stands in a log line; and every JSON Web Token.
 */
export function createRedact(secrets: readonly (string | undefined)[]): Redact {
  const hidden = secrets
    .filter((secret): secret is string => secret !== undefined && secret.length >= MIN_LENGTH)
    .flatMap((secret) => [secret, escapeJson(secret), escapeJson(escapeJson(secret)), encodeURIComponent(secret)])
    .toSorted((one, other) => other.length - one.length); // a secret within another must not leave the other's rest
  return (text) =>
    hidden.reduce((shown, secret) => shown.replaceAll(secret, '[redacted]'), text.replaceAll(JWT, '[redacted]'));
}

const escapeJson = (text: string): string => JSON.stringify(text).slice(1, -1);

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
