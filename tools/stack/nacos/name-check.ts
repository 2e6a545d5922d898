import { Refusal, type RequestParameters } from './http.ts';

interface NameRule {
  /** What nacos calls it in its refusal. */
  readonly called: string;
  readonly maxLength: number;
  readonly pattern: RegExp;
}

const plain = /^[\w.:-]*$/;

/** By parameter (nacos ParamCheckRule): characters and lengths; what is blank is not checked here. */
const rules: Readonly<Record<string, NameRule>> = {
  dataId: { called: 'dataId', maxLength: 256, pattern: plain },
  group: { called: 'group', maxLength: 128, pattern: plain },
  groupName: { called: 'group', maxLength: 128, pattern: plain },
  tenant: { called: 'namespaceId/tenant', maxLength: 64, pattern: /^[\w-]*$/ },
  namespaceId: { called: 'namespaceId/tenant', maxLength: 64, pattern: /^[\w-]*$/ },
  serviceName: { called: 'serviceName', maxLength: 512, pattern: /^(?!@)((?!@@)[^\s\u4E00-\u9FA5])*$/ },
  clusterName: { called: 'cluster', maxLength: 64, pattern: /^[\w-]*$/ },
  cluster: { called: 'cluster', maxLength: 64, pattern: /^[\w-]*$/ },
  ip: { called: 'ip', maxLength: 128, pattern: /^[^\s\u4E00-\u9FA5]*$/ },
};

/** Refuses what nacos refuses before a controller sees it: illegal characters, names that are too long, invalid ports. */
export function checkNames(parameters: RequestParameters): void {
  for (const [parameter, rule] of Object.entries(rules)) {
    const value = parameters.optional(parameter);
    if (value !== undefined) checkParameter(parameter, value, rule);
  }
  for (const cluster of parameters.optional('clusters')?.split(',') ?? []) checkName(cluster, rules['cluster']);
  const port = parameters.optional('port');
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw illegal('port', 'the value should be between 0 and 65535.');
  }
}

function checkParameter(parameter: string, value: string, rule: NameRule): void {
  const [group, service] = parameter === 'serviceName' ? splitOnce(value) : [undefined, value];
  if (group !== undefined) checkName(group, rules['group']);
  checkName(service, rule);
}

function splitOnce(grouped: string): [group: string | undefined, service: string] {
  const at = grouped.indexOf('@@');
  return at < 0 ? [undefined, grouped] : [grouped.slice(0, at), grouped.slice(at + 2)];
}

function checkName(value: string, rule: NameRule | undefined): void {
  if (rule === undefined) return;
  if (value.length > rule.maxLength) {
    throw illegal(rule.called, `the param length should not exceed ${rule.maxLength}.`);
  }
  if (!rule.pattern.test(value)) throw illegal(rule.called, 'illegal characters should not appear in the param.');
}

function illegal(called: string, why: string): Refusal {
  return new Refusal({ kind: 'illegal', message: `Param '${called}' is illegal, ${why}` });
}
