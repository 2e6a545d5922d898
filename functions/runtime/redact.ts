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
