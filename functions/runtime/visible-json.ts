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
