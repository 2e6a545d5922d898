import { describeActual, findingAt, textAt, valueAt, type Manifest, type RuleFinding } from '../manifest.ts';
import { forEach, type Rule } from '../rule.ts';

/** Without it the tick has neither body nor Content-Type. */
export const eventData: Rule = {
  id: 'K030',
  title: 'A PingSource sends contentType application/json and a JSON object as data',
  reason: 'the function reads its request from the data, and the webhook refuses JSON that is no object',
  check: forEach((set) => set.pingSources, checkData),
};

const CONTENT_TYPE = ['spec', 'contentType'];
const DATA = ['spec', 'data'];

function checkData(source: Manifest): RuleFinding[] {
  const findings: RuleFinding[] = [];
  const contentType = textAt(source.body, CONTENT_TYPE);
  if (contentType !== 'application/json') {
    findings.push(findingAt(source, CONTENT_TYPE, `expected "application/json", but ${describeActual(contentType)}`));
  }
  const data = textAt(source.body, DATA);
  if (valueAt(source.body, ['spec', 'dataBase64']) !== undefined) {
    findings.push(findingAt(source, ['spec', 'dataBase64'], 'expected the request in data, readable, got dataBase64'));
  } else if (data === undefined || !isJsonObject(data)) {
    findings.push(findingAt(source, DATA, `expected a JSON object such as "{}", but ${describeActual(data)}`));
  }
  return findings;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false; // not JSON
  }
}
