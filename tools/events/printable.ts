import { escapeInvisible } from '../../functions/runtime/redact.ts';

/**
 * Text from elsewhere as a terminal may have it: line feeds stay, a tab is a space, and every other control, format or
 * bidirectional character stands as its code, such as `\u001b`. In JSON text that is the same value.
 */
export function printable(text: string): string {
  const plain = text.replaceAll('\r\n', '\n').replaceAll('\t', ' ');
  return escapeInvisible(plain.replaceAll(CONTROLS, (character) => toCode(character)));
}

/** The same, but for the colours that this tool itself writes (SGR sequences with the codes of `picocolors`). */
export function printableWithColors(text: string): string {
  return text
    .split(COLORS)
    .map((part, index) => (index % 2 === 0 ? printable(part) : part))
    .join('');
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROLS = /[\u0000-\u0009\u000b-\u001f]/g;
// oxlint-disable-next-line no-control-regex -- as above
const COLORS = /(\u001b\[(?:[012]|22|3[1-69]|9[01])m)/;

const toCode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
