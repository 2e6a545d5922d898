/** Replaces what must not be seen. */
export type Redact = (text: string) => string;

const MIN_LENGTH = 4; // a shorter secret would blank out ordinary words

/**
 * Hides these secrets wherever they stand in a text: as they are, percent-encoded, or escaped by JSON, twice where a
 * message that quotes one stands in a log line.
 */
export function createRedact(secrets: readonly (string | undefined)[]): Redact {
  const hidden = secrets
    .filter((secret): secret is string => secret !== undefined && secret.length >= MIN_LENGTH)
    .flatMap((secret) => [secret, escapeJson(secret), escapeJson(escapeJson(secret)), encodeURIComponent(secret)])
    .toSorted((one, other) => other.length - one.length); // a secret within another must not leave the other's rest
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '[redacted]'), text);
}

const escapeJson = (text: string): string => JSON.stringify(text).slice(1, -1);
