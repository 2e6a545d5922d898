const FORM = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Seconds of an ISO 8601 duration as `delivery` has it (`PT2S`, `PT10M`), days at most; undefined when it is none. */
export function parseIsoDurationSeconds(text: string): number | undefined {
  const match = FORM.exec(text);
  if (match === null || !/\d/.test(text)) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
