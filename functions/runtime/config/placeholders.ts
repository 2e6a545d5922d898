/** Spring's `${NAME:default}` and `#{…}`, a template's `{{ … }}`, and Maven's `@name@`, which an address such as `a@b@c` is not. */
const PLACEHOLDER = /([$#])\{\s*([^{}:\s]{0,60})(\s*\})?|\{\{|(?<![A-Za-z\d@])@[A-Za-z][\w.-]{0,60}@(?!@)/;

/** The first placeholder of a text that was left unresolved, by its name: the default may be a secret. */
export function findPlaceholder(text: string): string | undefined {
  const found = PLACEHOLDER.exec(text);
  if (found === null) return undefined;
  const [whole, mark, name, end] = found;
  if (mark === undefined) return whole === '{{' ? '{{…}}' : whole;
  return `${mark}{${name}${end === undefined ? ':…' : ''}}`;
}

const UNQUOTED = /@[\w.-]+@|\$\{(?:[^{}\n]|\{[^{}\n]*\})*\}/g;
const HIDDEN = /[\uE000-\uE07F]/g;
const FIRST = 0xe000;

/**
 * The text with characters of no meaning, of the same length, in place of those by which a placeholder without quotes is no
 * YAML: `@` at the beginning of a value, `{`, `}` and `,` within brackets. The same text where it has none.
 */
export function hidePlaceholders(source: string): string {
  if (source.search(HIDDEN) !== -1) return source; // it could not be distinguished
  return source.replace(UNQUOTED, (placeholder) =>
    placeholder.replace(/[@{}[\],:]/g, (character) => String.fromCharCode(FIRST + character.charCodeAt(0))),
  );
}

/** What `hidePlaceholders` hid. */
export const revealPlaceholders = (text: string): string =>
  text.replace(HIDDEN, (character) => String.fromCharCode(character.charCodeAt(0) - FIRST));
