/** What a name may be. */
interface NameRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** The characters, for messages. */
  readonly form: string;
}

/** The names that Nacos takes: nacos `ParamCheckRule` of 2.4 and later. Older servers take more, but their consoles do not. */
export const NAME_RULES = {
  namespace: { pattern: /^[\w-]+$/, maxLength: 64, form: 'letters, digits and _ - only' },
  group: { pattern: /^[\w.:-]+$/, maxLength: 128, form: 'letters, digits and . _ : - only' },
  dataId: { pattern: /^[\w.:-]+$/, maxLength: 256, form: 'letters, digits and . _ : - only' },
  service: {
    pattern: /^(?!@)(?!.*@@)[^\s\u4E00-\u9FA5]+$/,
    maxLength: 512,
    form: 'no blanks, no Chinese characters, no @@ and no @ at its beginning',
  },
  cluster: { pattern: /^[\w-]+(?:,[\w-]+)*$/, maxLength: 64, form: 'letters, digits and _ - only' },
} as const satisfies Record<string, NameRule>;

/** What is expected of the name in place of what it is; undefined when Nacos takes it. */
export function findNameProblem(kind: keyof typeof NAME_RULES, name: string): string | undefined {
  const { pattern, maxLength, form } = NAME_RULES[kind];
  if (!pattern.test(name)) return form;
  return name.length > maxLength ? `at most ${maxLength} characters` : undefined;
}

/** A service as people copy it from Nacos, `group@@service`, in its parts; no group where none is written. */
export function splitServiceName(name: string): { group: string | undefined; service: string } {
  const at = name.indexOf('@@');
  return at > 0 ? { group: name.slice(0, at), service: name.slice(at + 2) } : { group: undefined, service: name };
}
