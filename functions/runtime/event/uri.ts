const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?[^#]*)?(?:#([^]*))?$/; // RFC 3986, appendix B
const SCHEME = /^[a-z][a-z0-9+.-]*$/i;
const AUTHORITY = /^(?:[^@[\]]*@)?(\[[0-9a-f:.]*\]|[^:@[\]]*)(?::\d*)?$/i;
const NEVER = /[\s"<>\\^`{|}\p{Cc}]|%(?![0-9a-f]{2})/iu; // a letter beyond ASCII may stand for its percent-encoding (RFC 3987)

/** Is this a URI reference (RFC 3986 §4.1): a URI, or what is relative to one, such as `/apis/v1/pingsources/a`? */
export function isUriReference(text: string): boolean {
  const [, scheme, authority, path = '', fragment = ''] = PARTS.exec(text) ?? [];
  if (NEVER.test(text) || /[[\]]/.test(path) || fragment.includes('#')) return false;
  if (authority !== undefined && !isAuthority(authority)) return false;
  if (scheme === undefined) return !text.startsWith(':');
  return SCHEME.test(scheme) && (!/^https?$/i.test(scheme) || URL.canParse(text));
}

/** Is this a URI with a scheme (RFC 3986 §4.3)? */
export function isAbsoluteUri(text: string): boolean {
  return /^[^:/?#]+:./.test(text) && isUriReference(text);
}

function isAuthority(authority: string): boolean {
  const host = AUTHORITY.exec(authority)?.[1];
  if (host === undefined) return false;
  return !host.startsWith('[') || URL.canParse(`http://${host}/`);
}
