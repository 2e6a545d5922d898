import type { InstanceView, ServiceView } from '../state.ts';
import { post } from './call-api.ts';
import { span } from './format.ts';
import { environment, nowMs, services } from './store.ts';

/** What Nacos lists, and who put it there. */
export function ServicesPanel() {
  const address = environment.value['NACOS_SERVER_ADDR']?.replace('http://', '');
  return (
    <section class="panel services" aria-labelledby="services-title">
      <header class="panel-head">
        <h2 id="services-title">Services</h2>
        <span class="fine">
          Nacos <code>{address}</code>, gRPC on port + 1000
        </span>
      </header>
      {services.value.map((service) => (
        <Service key={`${service.name} ${service.elsewhere}`} service={service} />
      ))}
    </section>
  );
}

function Service({ service }: { service: ServiceView }) {
  const { name, elsewhere, simulator, instances } = service;
  return (
    <section class="service" aria-label={name} data-service={name}>
      <header>
        <h3>{name}</h3>
        {elsewhere !== undefined && <small class="problem">{elsewhere}: no function looks there</small>}
        {simulator !== undefined && (
          <button
            type="button"
            role="switch"
            aria-checked={simulator.isListed}
            class="switch"
            onClick={() => post(`/api/simulators/${name}`, { isListed: !simulator.isListed })}
          >
            <i aria-hidden="true" />
            <span>Simulator listed</span>
          </button>
        )}
      </header>
      {instances.length === 0 && <p class="fine">No instance: a run ends in unavailable: instance.</p>}
      <ul>
        {instances.map((instance) => (
          <Instance key={instance.address} instance={instance} lastRun={service.lastRun} />
        ))}
      </ul>
      <GoneChoice service={service} />
    </section>
  );
}

function Instance({ instance, lastRun }: { instance: InstanceView; lastRun: ServiceView['lastRun'] }) {
  const { address, client, protocol, isSimulator, sinceMs, weight, isHealthy, isEnabled } = instance;
  const isCallable = isHealthy && isEnabled;
  return (
    <li class="instance" data-instance={address}>
      <code>{address}</code>
      <span>
        {isSimulator ? 'simulator' : (client ?? 'a client without a name')} <small>by {protocol}</small>
      </span>
      <span class="instance-facts" title={new Date(sinceMs).toISOString()}>
        for {span(Math.max(1000, nowMs.value - sinceMs))}
      </span>
      <span class="instance-facts">weight {weight}</span>
      <span class={`badge ${isCallable ? 'is-done' : 'is-unavailable'}`}>
        {isEnabled ? (isHealthy ? 'healthy' : 'unhealthy') : 'disabled'}
      </span>
      <span>{lastRun?.address === address && <LastRun run={lastRun} />}</span>
    </li>
  );
}

function LastRun({ run }: { run: NonNullable<ServiceView['lastRun']> }) {
  return (
    <a class="last-run" href={`#/runs/${encodeURIComponent(run.id)}`}>
      last run's choice <small>{run.task}</small>
    </a>
  );
}

/** The last run found nobody, or called an instance that is no longer listed. */
function GoneChoice({ service: { lastRun, instances } }: { service: ServiceView }) {
  if (lastRun === undefined || instances.some(({ address }) => address === lastRun.address)) return <></>;
  return (
    <p class="fine">
      <a class="last-run" href={`#/runs/${encodeURIComponent(lastRun.id)}`}>
        The last run
      </a>{' '}
      ({lastRun.task}){' '}
      {lastRun.address === undefined ? 'found nobody to call' : `chose ${lastRun.address}, which is gone`}.
    </p>
  );
}
