import { textAt, type Manifest } from '../../manifests/manifest.ts';
import { BACKEND_LABEL, toManifestSet } from '../../manifests/manifest-set.ts';
import { parseSchedule, type Schedule } from '../../manifests/schedule.ts';

const FIRST_MINUTE = 17; // past the full hour, when everything else in the world starts

/** The zone in which the other tasks tick. */
export function commonZone(manifests: readonly Manifest[]): string {
  const [first] = toManifestSet(manifests).pingSources;
  return (first && textAt(first.body, ['spec', 'timezone'])) ?? 'UTC';
}

/** An hourly schedule in a minute in which no other task of the backend ever starts; undefined when all are taken. */
export function findFreeSchedule(manifests: readonly Manifest[], backend: string): Schedule | undefined {
  const { functions, pingSources } = toManifestSet(manifests);
  const timezone = commonZone(manifests);
  const rivals = functions.filter(({ body }) => textAt(body, ['metadata', 'labels', BACKEND_LABEL]) === backend);
  const taken = new Set(
    pingSources
      .filter(({ name }) => rivals.some((rival) => rival.name === name))
      .flatMap(({ body }) => parseSchedule(textAt(body, ['spec', 'schedule']) ?? '', timezone).fields.minute.values),
  );
  const minutes = Array.from({ length: 60 }, (_, index) => (FIRST_MINUTE + index) % 60);
  const free = minutes.find((minute) => !taken.has(minute));
  return free === undefined ? undefined : parseSchedule(`${free} * * * *`, timezone);
}
