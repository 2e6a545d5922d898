import type { Finding, Manifest } from './manifest.ts';
import { toManifestSet, type LintContext, type Rule } from './manifest-set.ts';
import { functionTarget, onePingSourcePerService, oneServicePerTask } from './rules/agreement.ts';
import { brokerRoute, delivery, deliveryTimeout, triggerFilter } from './rules/broker.ts';
import {
  fixedImage,
  noCommand,
  noProbes,
  oneContainer,
  oneRunningPod,
  resources,
  variablesOnce,
} from './rules/container.ts';
import { environment } from './rules/environment.ts';
import { eventData, extensions, readableTick, sinkAddress } from './rules/event.ts';
import { configMapExists, listedInKustomization, readable } from './rules/files.ts';
import { cronJobGuard, jobDeadline, jobName, podFailure } from './rules/job.ts';
import { knownFields } from './rules/known-fields.ts';
import { backendLabel, commonLabels, validNames } from './rules/labels.ts';
import { clusterLocal, noAmbientAccess, securityContext } from './rules/private.ts';
import { quantities } from './rules/quantities.ts';
import { sameServices } from './rules/sameness.ts';
import { daylightSaving, noCollisions, readableSchedule, slotUnit, timezone } from './rules/schedules.ts';
import { shape } from './rules/shape.ts';
import { responseStart, shorterThanPeriod, timeoutChain } from './rules/time-budget.ts';
import { autoscalingPlace, latestTraffic, onePort, reservedVariables, volumesMounted } from './rules/webhook.ts';

/** Every rule, by number; `lint-knative --rules` prints them. */
export const RULES: readonly Rule[] = [
  readable,
  shape,
  knownFields,
  listedInKustomization,
  autoscalingPlace,
  reservedVariables,
  volumesMounted,
  onePort,
  validNames,
  oneServicePerTask,
  onePingSourcePerService,
  functionTarget,
  configMapExists,
  sameServices,
  commonLabels,
  backendLabel,
  environment,
  variablesOnce,
  latestTraffic,
  timeoutChain,
  responseStart,
  shorterThanPeriod,
  readableSchedule,
  timezone,
  noCollisions,
  daylightSaving,
  slotUnit,
  sinkAddress,
  extensions,
  eventData,
  readableTick,
  clusterLocal,
  securityContext,
  noAmbientAccess,
  resources,
  fixedImage,
  noProbes,
  oneRunningPod,
  noCommand,
  oneContainer,
  quantities,
  delivery,
  deliveryTimeout,
  triggerFilter,
  brokerRoute,
  jobDeadline,
  podFailure,
  cronJobGuard,
  jobName,
];

/** Checks objects that are applied together against every rule; findings sorted by file, line and rule. */
export function lint(manifests: readonly Manifest[], context: LintContext): Finding[] {
  const set = toManifestSet(manifests);
  const findings: Finding[] = [];
  for (const rule of RULES) {
    for (const finding of rule.check(set, context)) findings.push({ rule: rule.id, ...finding });
  }
  return findings.sort(byPlace);
}

/** Order of output. */
export function byPlace(left: Finding, right: Finding): number {
  return (
    left.file.localeCompare(right.file) ||
    left.line - right.line ||
    left.rule.localeCompare(right.rule) ||
    left.path.localeCompare(right.path)
  );
}
