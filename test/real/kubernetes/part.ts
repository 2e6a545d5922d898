import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Part } from '../part.ts';
import { missingGo } from '../processes.ts';
import { build, VERSION } from './build.ts';
import { kubectl, startCluster, type ClusterValues } from './cluster.ts';
import { EVENTING_CRDS } from './eventing-crds.ts';

/** The API server of Kubernetes with etcd and kubectl, and the CRDs of Knative; neither nodes nor controllers. */
export const part: Part<ClusterValues> = {
  name: 'kubernetes',
  version: VERSION,
  missing: () => missingGo('1.26'),
  build,
  async start(built, tmp) {
    const cluster = await startCluster(built, path.join(tmp, 'cluster'));
    try {
      await installKnative(built, cluster.values, tmp);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return { values: cluster.values, stop: () => cluster.stop() };
  },
};

/** Makes the kinds of Knative known. */
async function installKnative(built: string, cluster: ClusterValues, tmp: string): Promise<void> {
  const eventing = path.join(tmp, 'eventing-crds.json');
  writeFileSync(eventing, JSON.stringify(EVENTING_CRDS));
  await kubectl(cluster, 'create', '-f', path.join(built, 'serving-crds'), '-f', eventing);
  await kubectl(cluster, 'wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
}
