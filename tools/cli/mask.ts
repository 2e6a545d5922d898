const SECRET_WORDS = new Set(
  'password passwd pwd passphrase secret secrets token tokens credential credentials apikey'.split(' '),
);

/** `key` by itself is a secret, or a path to one, and so it is after these words; a `runKey` is none. */
const BEFORE_KEY = new Set([undefined, 'api', 'app', 'access', 'secret', 'private', 'signing', 'encryption']);

/** What stands in the place of a secret. */
export const MASK = '••••••';

/** Does the name of a key say that its value is a secret? Looked at word by word: `dbPassword`, `API_KEY`, but not `monkey`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word, at) => SECRET_WORDS.has(word) || (/^keys?$/.test(word) && BEFORE_KEY.has(words[at - 1])));
}

/** The value with every secret masked, by the names of the keys below it. */
export function maskSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    isSecretName(name) ? maskAll(item) : maskSecrets(item),
  ]);
  return Object.fromEntries(entries);
}

/** An empty value hides nothing and is shown. */
export function maskAll(value: unknown): unknown {
  return value === undefined || value === null || value === '' ? value : MASK;
}
