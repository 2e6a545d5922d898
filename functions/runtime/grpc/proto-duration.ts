const FORM = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

const MAX_SECONDS = 315_576_000_000; // 10,000 years, duration.proto

/** Reads `google.protobuf.Duration` in proto3 JSON form (`1.5s`); undefined when the text is none. */
export function parseDurationSeconds(text: string): { seconds: number; nanos: number } | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = ''] = match;
  if (Number(whole) > MAX_SECONDS) return undefined;
  const factor = sign === '-' ? -1 : 1;
  return { seconds: factor * Number(whole), nanos: factor * Number(fraction.padEnd(9, '0')) };
}
