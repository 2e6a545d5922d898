/*
 * The kinds of Knative Eventing that we apply, with all fields that an author of one may write in 1.16 or later, so that a
 * misspelt one is refused as on a cluster. What its webhooks fill in or refuse beyond that is not here.
 */
const text = { type: 'string' };
const object = (properties: object) => ({ type: 'object', properties });
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const list = (items: object) => ({ type: 'array', items });
const texts = { type: 'object', additionalProperties: text };
const reference = object({ apiVersion: text, kind: text, name: text, namespace: text });
const destination = object({ ref: reference, uri: text, CACerts: text, audience: text });
const delivery = object({
  retry: { type: 'integer', format: 'int32' },
  timeout: text,
  backoffPolicy: { type: 'string', enum: ['linear', 'exponential'] },
  backoffDelay: text,
  deadLetterSink: destination,
  format: text,
});

const pingSource = object({
  schedule: text,
  timezone: text,
  contentType: text,
  data: text,
  dataBase64: text,
  sink: destination,
  ceOverrides: object({ extensions: texts }),
});
const broker = object({ config: reference, delivery });
const trigger = {
  ...object({
    broker: text,
    brokerRef: reference,
    filter: object({ attributes: texts }),
    filters: list(anything),
    subscriber: destination,
    delivery,
  }),
  required: ['subscriber'],
};
const jobSink = object({ job: anything });

const KINDS = [
  ['sources.knative.dev', 'v1', 'PingSource', pingSource],
  ['eventing.knative.dev', 'v1', 'Broker', broker],
  ['eventing.knative.dev', 'v1', 'Trigger', trigger],
  ['sinks.knative.dev', 'v1alpha1', 'JobSink', jobSink],
] as const;

/** CustomResourceDefinitions, as a List for kubectl. */
export const EVENTING_CRDS = {
  apiVersion: 'v1',
  kind: 'List',
  items: KINDS.map(([group, version, kind, spec]) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.toLowerCase()}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: object({ spec, status: anything }) },
        },
      ],
    },
  })),
};
