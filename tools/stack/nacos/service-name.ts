export interface ServiceReference {
  /** `bi-api-leke`, or with its group as the SDKs send it: `DEFAULT_GROUP@@bi-api-leke`. */
  readonly serviceName: string;
  /** `DEFAULT_GROUP` when missing; a group inside the name wins. */
  readonly groupName?: string | undefined;
  /** The ID of the namespace, `public` when missing or blank. */
  readonly namespaceId?: string | undefined;
}

export interface ServiceName {
  readonly serviceName: string;
  readonly groupName: string;
  readonly namespaceId: string;
  /** `GROUP@@service`, which is what nacos calls the service in its answers. */
  readonly groupedName: string;
}

/** Fills in what is missing and splits a grouped name. */
export function readServiceName(reference: ServiceReference): ServiceName {
  const at = reference.serviceName.indexOf('@@');
  const serviceName = at < 0 ? reference.serviceName : reference.serviceName.slice(at + 2);
  const groupName = at < 0 ? (reference.groupName ?? 'DEFAULT_GROUP') : reference.serviceName.slice(0, at);
  const namespaceId = (reference.namespaceId ?? '').trim() || 'public';
  return { serviceName, groupName, namespaceId, groupedName: `${groupName}@@${serviceName}` };
}

/** One string per service of a server, for use as a key. */
export function serviceKey(reference: ServiceReference): string {
  const { namespaceId, groupedName } = readServiceName(reference);
  return JSON.stringify([namespaceId, groupedName]);
}
