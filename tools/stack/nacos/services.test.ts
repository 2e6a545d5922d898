import { describe, expect, it } from 'vitest';
import { ServiceRegistry } from './services.ts';

const svc = { serviceName: 'svc', ip: '10.0.0.1', port: 1 };

function registry(): { services: ServiceRegistry; readonly pass: (ms: number) => void } {
  let now = 1_000_000;
  const services = new ServiceRegistry({ unhealthyMs: 15_000, removedMs: 30_000 }, () => now);
  return { services, pass: (ms) => void (now += ms) };
}

describe('an ephemeral instance', () => {
  it('is unhealthy after 15 s without a beat and gone after 30 s', () => {
    const { services, pass } = registry();
    services.register({ ...svc, ephemeral: true });
    pass(15_000);
    expect(services.list(svc)).toMatchObject([{ healthy: true }]);
    pass(1);
    expect(services.list(svc)).toMatchObject([{ healthy: false }]);
    pass(14_999);
    expect(services.find(svc)).toMatchObject({ healthy: false });
    pass(1);
    expect(services.services()).toEqual([]);
    expect(services.beat(svc)).toBe(false);
  });

  it('is healthy again with the next beat', () => {
    const { services, pass } = registry();
    services.register({ ...svc, ephemeral: true });
    pass(20_000);
    expect(services.beat(svc)).toBe(true);
    pass(15_000);
    expect(services.list(svc)).toMatchObject([{ healthy: true }]);
  });

  it('may bring its own times as metadata', () => {
    const { services, pass } = registry();
    const metadata = { 'preserved.heart.beat.timeout': '1000', 'preserved.ip.delete.timeout': '2000' };
    services.register({ ...svc, ephemeral: true, metadata });
    pass(1001);
    expect(services.list(svc)).toMatchObject([{ healthy: false }]);
    pass(1000);
    expect(services.list(svc)).toEqual([]);
  });
});

describe('an instance that a test registered', () => {
  it('stays without beats', () => {
    const { services, pass } = registry();
    services.register(svc);
    pass(1e9);
    expect(services.list(svc)).toMatchObject([{ healthy: true, ephemeral: false, weight: 1, clusterName: 'DEFAULT' }]);
  });

  it('is replaced by one of the same ip, port and cluster', () => {
    const { services } = registry();
    services.register(svc);
    services.register({ ...svc, weight: 3 });
    services.register({ ...svc, clusterName: 'B' });
    expect(services.list({ serviceName: 'DEFAULT_GROUP@@svc' })).toMatchObject([{ weight: 3 }, { clusterName: 'B' }]);
  });

  it('can be set unhealthy, disabled and back', () => {
    const { services } = registry();
    services.register(svc);
    services.setHealthy(svc, false);
    services.setEnabled(svc, false);
    expect(services.find(svc)).toMatchObject({ healthy: false, enabled: false });
    services.setHealthy(svc, true);
    services.setEnabled(svc, true);
    expect(services.find(svc)).toMatchObject({ healthy: true, enabled: true });
  });

  it('is distinguished from one that is not there', () => {
    const { services } = registry();
    expect([services.setHealthy(svc, true), services.update(svc, { weight: 2 }), services.deregister(svc)]).toEqual([
      false,
      false,
      false,
    ]);
    services.register(svc);
    expect([services.update(svc, { weight: 2 }), services.deregister(svc)]).toEqual([true, true]);
    expect(services.services()).toEqual([]);
  });
});
