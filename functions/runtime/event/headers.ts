import { invalidEvent, Description } from '../run-error.ts';

/** Header values by lower-case name. */
export type Headers = ReadonlyMap<string, string>;

/** Headers whose repetition would make the event ambiguous; the rest keep their last value. */
const isSingle = (name: string): boolean => name.startsWith('ce-') || name === 'content-type' || name === 'prefer';

/**
 * The headers of a request from Node's `rawHeaders` (name, value, name, value, …). Node itself joins or drops repeated
 * headers silently; here a repeated event attribute is refused.
 */
export function readHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = String(rawHeaders[at]).toLowerCase();
    if (isSingle(name) && headers.has(name))
      throw invalidEvent(name, 'one header of this name', new Description('several'));
    headers.set(name, String(rawHeaders[at + 1]));
  }
  return headers;
}

/** A content type split into its media type, in lower case, and its charset, if one is named. */
export function readContentType(value: string | undefined): { mediaType: string; charset: string | undefined } {
  const [mediaType = '', ...parameters] = (value ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return { mediaType, charset: charset?.replaceAll('"', '') };
}
